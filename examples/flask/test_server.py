from server import CODE, TOKEN, app

from tfe_conformance import check


def test_the_server_conforms() -> None:
    result = check(app=app, token=TOKEN, code_source=f"static:{CODE}", strict=True)
    assert result.conformant, result.summary()

# The suite as a container: docker run --rm --read-only -v "$PWD/report:/report" -e TFE_TOKEN IMAGE check --base-url URL …
FROM python:3.13-slim AS build
COPY . /src
RUN python -m venv /opt/tfe-conformance \
  && /opt/tfe-conformance/bin/pip install --quiet --no-cache-dir --disable-pip-version-check /src \
  && /opt/tfe-conformance/bin/python -m compileall -q /opt/tfe-conformance

FROM python:3.13-slim
COPY --from=build /opt/tfe-conformance /opt/tfe-conformance
ENV PATH=/opt/tfe-conformance/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# Reports go to reports/latest below the working folder: mount a folder that this user may write to.
RUN install -d -o 10001 -g 10001 /report
WORKDIR /report
USER 10001:10001
ENTRYPOINT ["tfe-conformance"]
CMD ["--help"]

"""What holds for every page of the documentation: credentials, methods, media types, error documents."""

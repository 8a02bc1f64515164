"""What the API is, told to clients (``/v1/openapi.json``) and shown to people (``/docs``, docs/errors.md).

It is made of what is there anyway: routes, schemas, permissions, refusals and docstrings. Only what those do not say is
declared, beside the routes (`app.api.calls`).
"""

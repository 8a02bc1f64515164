"""Which resource is served where: `ROUTES`, in a file for each kind of noun."""

from app.api.routes import door, events, sales, server

ROUTES = (*events.ROUTES, *sales.ROUTES, *door.ROUTES, *server.ROUTES)
"""Rows of a resource, the name of its view, and its addresses under ``/v1``."""

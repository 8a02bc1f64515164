"""Settings over HTTP: one document, whatever id the address names, which the web app asks for before anything else."""

from typing import Any, ClassVar

from flask import current_app

from app.api.calls import Also
from app.api.jsonapi.base import ResourceDetail
from app.api.jsonapi.data_layers import DataLayer
from app.models import Setting
from app.permissions.actors import Actor
from app.permissions.policy import Permission
from app.permissions.refusals import require
from app.schemas import SettingSchema
from app.services import settings

P = Permission


class Settings(DataLayer):
    """The one row."""

    model = Setting

    def find(
        self, view_kwargs: dict[str, Any], actor: Actor, permission: Permission, *, locked: bool = False
    ) -> Setting:
        """The row, if the actor has the permission. Raises as `require`."""
        require(actor, permission)
        configured = current_app.config["SETTINGS"]
        return settings.current(
            order_expiry_minutes=configured.order_expiry_minutes, frontend_url=configured.frontend_url, locked=locked
        )


class SettingDetail(ResourceDetail):
    """What everybody may know of the server."""

    schema = SettingSchema
    data_layer = {"class": Settings}
    permissions = {"GET": P.SETTING_READ, "PATCH": P.SETTING_WRITE}
    also: ClassVar = {"PATCH": Also(says="Changes the settings.")}

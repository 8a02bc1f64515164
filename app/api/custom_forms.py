"""Custom forms over HTTP."""

from typing import Any

from sqlalchemy import Text, and_, bindparam

from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.relationships import ResourceRelationship
from app.models import CustomForm
from app.permissions.policy import Permission as P
from app.schemas import CustomFormSchema
from app.services import custom_forms


class CustomForms(DataLayer):
    """Rows of custom-forms: fields."""

    model = CustomForm

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> CustomForm:
        """Makes the field."""
        data.pop("event")  # its id is there too; a field that is only being looked at must not join its fields
        return custom_forms.create(data)

    def before_update_object(self, obj: CustomForm, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """Checks the change."""
        custom_forms.update(obj, data)

    def before_delete_object(self, obj: CustomForm, view_kwargs: dict[str, Any]) -> None:
        """Removes the field."""
        custom_forms.delete(obj)


class OneForm(CustomForms):
    """Fields of the form that the URL names last."""

    def belongs_to(self, parent: type, relation: str) -> Any:
        """Of the event, and of that form."""
        of_form = CustomForm.form_id == bindparam("form_id", type_=Text)
        return and_(super().belongs_to(parent, "custom_forms"), of_form)


class CustomFormList(ResourceList):
    """The fields of an event's forms."""

    schema = CustomFormSchema
    data_layer = {"class": CustomForms}
    permissions = {"GET": P.CUSTOM_FORM_READ}


class OneFormList(ResourceList):
    """The fields of one of an event's forms."""

    schema = CustomFormSchema
    data_layer = {"class": OneForm}
    permissions = {"GET": P.CUSTOM_FORM_READ}


class CustomFormListPost(ResourceList):
    """Creation."""

    schema = CustomFormSchema
    data_layer = {"class": CustomForms}
    permissions = {"POST": P.CUSTOM_FORM_WRITE}


class CustomFormDetail(ResourceDetail):
    """One field."""

    schema = CustomFormSchema
    data_layer = {"class": CustomForms}
    permissions = {"GET": P.CUSTOM_FORM_READ, "PATCH": P.CUSTOM_FORM_WRITE, "DELETE": P.CUSTOM_FORM_WRITE}


class CustomFormRelationship(ResourceRelationship):
    """What a field is linked to."""

    schema = CustomFormSchema
    data_layer = {"class": CustomForms}
    permissions = {"GET": P.CUSTOM_FORM_READ}

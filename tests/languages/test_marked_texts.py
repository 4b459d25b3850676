"""Every text that a client can receive is marked for translation."""

import ast
import importlib
import pkgutil
from contextlib import suppress
from pathlib import Path

import pytest
from marshmallow import ValidationError
from security.hostile import ODD, WRONG

import ticketing
from ticketing.core.errors import TicketingError, flatten
from ticketing.core.text import Language, Translatable, read_catalog
from ticketing.web.fields import FormText
from ticketing.web.library_texts import TEXTS
from ticketing.web.schemas import MESSAGES, QuerySchema, ResponseSchema, Schema, shared

PACKAGE = Path(ticketing.__file__).parent
# Their values are formatted with these only where a time is written, or read.
UNUSED = {"invalid_awareness", "format"}


def with_subclasses(kind):
    """Return all subclasses of a class that the service defines."""
    for module in pkgutil.walk_packages([str(PACKAGE)], "ticketing."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = [kind]
    for each in found:
        found += each.__subclasses__()
    return {each for each in found if each.__module__.startswith("ticketing.")}


def request_schemas():
    """Return an instance of each schema of requests."""
    kinds = sorted(with_subclasses(Schema), key=lambda kind: kind.__name__)
    return [shared(kind) for kind in kinds if not issubclass(kind, ResponseSchema)]


def fields_of(schemas):
    """Return the fields of schemas, and the fields inside of those."""
    fields = [field for schema in schemas for field in schema.fields.values()]
    for field in fields:
        inner = (getattr(field, name, None) for name in ("inner", "field"))
        fields += [each for each in inner if each]
    return fields


def messages_of(field):
    """Return the messages that a field, or a validator of it, can refuse with."""
    found = [text for k, text in field.error_messages.items() if k not in UNUSED]
    for validator in field.validators:
        found += [getattr(validator, name, None) for name in MESSAGES]
    return [text for text in found if text]


@pytest.fixture(scope="module")
def known():
    """The texts of the catalogs."""
    catalog = read_catalog(Language.GERMAN)
    return {m.id[0] if m.pluralizable else m.id for m in catalog}


def test_the_message_of_every_error_is_in_the_catalogs(known):
    errors = with_subclasses(TicketingError)

    assert len(errors) > 20
    assert {error.message for error in errors} <= known
    assert all(isinstance(error.message, Translatable) for error in errors)


def test_the_messages_of_every_field_are_in_the_catalogs(known):
    found = [text for f in fields_of(request_schemas()) for text in messages_of(f)]

    assert len(found) > 500
    assert all(isinstance(text, Translatable) for text in found)
    assert set(found) - known <= {"Length must be {equal}."}  # no length is fixed


def test_no_text_of_a_library_is_listed_that_no_field_has():
    found = {text for f in fields_of(request_schemas()) for text in messages_of(f)}

    assert set(TEXTS) <= found


def attacks(schema):
    """Return what to load by a schema: hostile values of each field, and no object."""
    values = [*WRONG.values(), *ODD.values()]
    if isinstance(schema, QuerySchema):  # a query has texts, and is always an object
        values = [FormText(str(value)[:6000]) for value in values]
    else:
        yield from values
    for value in values:
        yield {name: value for name in schema.fields}
        yield {"x": value}


@pytest.mark.parametrize("schema", request_schemas(), ids=lambda s: type(s).__name__)
def test_whatever_a_schema_refuses_it_says_why_in_marked_texts(app, schema):
    refused = 0
    for given in attacks(schema):
        with app.app_context(), suppress(TicketingError):
            try:
                schema.load(given)
            except ValidationError as error:
                refused += 1
                found = flatten(error.normalized_messages()).values()
                texts = [text for each in found for text in each]
                assert {type(text) for text in texts} == {Translatable}, texts

    assert refused


def literals(node):
    """Return the strings in an expression, but for those that are keys or marked."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("t", "tn"):
        return
    if isinstance(node, ast.JoinedStr):
        yield ast.unparse(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from literals(value)
    elif isinstance(node, ast.List | ast.Tuple):
        for value in node.elts:
            yield from literals(value)


def refusals(path):
    """Return what the errors in a file are created with that clients can receive."""
    names = {error.__name__ for error in with_subclasses(TicketingError)}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in names | {"ValidationError"}:
                # The second argument of a ValidationError is the name of a field.
                yield from node.args[:1]
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if ast.unparse(target) in ("message", "default_error_messages"):
                yield node.value


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.name)
def test_no_error_is_created_with_a_text_that_is_not_marked(path):
    unmarked = [text for node in refusals(path) for text in literals(node)]

    assert unmarked == []

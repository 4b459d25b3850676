"""The commands under "Moving" in the README"""

import re
import shlex

import served
from laravel_database import PASSWORD
from moving.test_import_laravel import add_people

SECTION = (served.ROOT / "README.md").read_text().partition("\n## Moving\n")[2]
COPY, IMPORT, *_ = re.findall(r"```bash\n(.*?)```", SECTION, re.DOTALL)


def words(command, **values):
    """Return the words of a command, after ``flask``, with other values of options."""
    program, *given = shlex.split(command.replace("\\\n", ""))
    assert program == "flask"
    for name, value in values.items():
        given[given.index(f"--{name.replace('_', '-')}") + 1] = value
    return given


def test_the_command_of_the_readme_copies_the_database(
    run, customer, other_url, engine_of
):
    copied = run(*words(COPY, to=other_url))

    assert copied.exit_code == 0, copied.output
    with engine_of(other_url).connect() as connection:
        names = connection.exec_driver_sql("SELECT name FROM users")
        assert [*names.scalars()] == [customer.name]


def test_the_command_of_the_readme_imports_the_laravel_system(
    run, laravel, tmp_path, anyone
):
    add_people(laravel)

    imported = run(*words(IMPORT, database_url=laravel.url, storage=tmp_path))

    assert imported.exit_code == 0, imported.output
    body = {"email": "carla@example.org", "password": PASSWORD}
    assert anyone.post("/api/login", json=body).json["user"]["name"] == "Carla"

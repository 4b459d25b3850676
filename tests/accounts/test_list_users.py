"""GET /api/users"""

import pytest

from ticketing.accounts.models import Role


@pytest.fixture
def found(api, admin):
    """Return the names of the users an admin finds, without the admin."""

    def found(**query):
        response = api(admin).get("/api/users", query_string=query)
        assert response.status_code == 200
        return [u["name"] for u in response.json["data"] if u["id"] != admin.id]

    return found


def test_admins_list_users_by_id(api, admin, customer, stranger, colleague):
    response = api(admin).get("/api/users")

    users = response.json["data"]
    expected = sorted(user.id for user in (admin, customer, stranger, colleague))
    assert (response.status_code, response.json["next"]) == (200, None)
    assert [user["id"] for user in users] == expected
    assert all(user["active"] is True for user in users)
    assert set(users[0]) == {
        "id",
        "name",
        "email",
        "email_confirmed",
        "role",
        "active",
        "available",
        "created_at",
        "updated_at",
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"role": "admin"}, ["Bob"]),
        ({"role": "customer"}, ["Carla", "Gone"]),
        ({"active": "true"}, ["Carla", "Bob"]),
        ({"active": "false"}, ["Gone"]),
        ({"role": "admin", "active": "false"}, []),
        ({"role": "customer", "active": "true", "q": "car"}, ["Carla"]),
        ({"q": "example.org"}, ["Carla", "Bob", "Gone"]),
        ({"q": " BOB@ "}, ["Bob"]),
        ({"q": "arl"}, ["Carla"]),
        ({"q": "nobody"}, []),
        ({"q": ""}, ["Carla", "Bob", "Gone"]),
    ],
)
def test_filters_select_the_matching_users(found, make_user, query, names):
    make_user("Carla")
    make_user("Bob", Role.ADMIN)
    make_user("Gone", active=False)

    assert found(**query) == names


@pytest.mark.parametrize("q", ["100%", "_", "\\", "/", "'", '"', "%_\\/"])
def test_every_character_of_q_is_matched_literally(found, make_user, q):
    make_user("Plain", email="plain@example.org")
    make_user(f"a{q}b", email="other@example.org")

    assert found(q=q) == [f"a{q}b"]


@pytest.mark.parametrize(
    ("name", "q"),
    [
        ("Åse Østby", "åSE øSTBY"),
        ("ΣΟΦΟΣ", "ΣΟΦΟΣ"),
        ("ΣΟΦΟΣ", "σοφος"),
        ("σοφός", "ΣΟΦΌΣ"),
        ("Юлия", "юЛИЯ"),
        ("İpek", "İpek"),
        ("Straße", "straße"),
        ("李小龍", "小"),
        ("Zoë 😀", "ZOË 😀"),
        ("ნინო", "ნინო"),
        ("ნინო", "ᲜᲘᲜᲝ"),
        ("ɐɔ", "ɐ"),
        ("Ｎｏｒａ", "nora"),
        ("Nora", "ＮＯＲＡ"),
        ("ﾅﾀﾘｱ", "ナタリア"),
        ("Ꭰꮿ", "Ꭰꮿ"),
        ("ŉora", "ŉora"),
    ],
)
def test_q_matches_names_in_any_case_of_every_script(found, make_user, name, q):
    make_user("Zoe", email="zoe@example.org")
    make_user(name, email="other@example.org")

    assert found(q=q) == [name]


def test_q_matches_emails_in_any_case_and_width(found, make_user):
    make_user("Zoe", email="zoe@example.org")
    make_user("Zoë", email="ZOË.Ｄ@example.org")

    assert found(q="zoë.d") == ["Zoë"]


@pytest.mark.parametrize("q", ["nora@münchen", "MÜNCHEN.DE"])
def test_q_matches_an_email_as_it_was_typed(found, make_user, q):
    make_user("Zoe", email="zoe@example.org")
    make_user("Nora", email="nora@München.de")

    assert found(q=q) == ["Nora"]


def test_q_matches_within_the_name_or_the_email_but_not_across(found, make_user):
    make_user("Nora", email="zoe@example.org")

    assert found(q="norazoe") == found(q="nora\nzoe") == []


def test_q_matches_a_changed_name_and_email(app, anyone, found):
    form = dict.fromkeys(["password", "password_confirmation"], "correct horse")
    form |= {"name": "Nora", "email": "nora@example.org"}
    session = anyone.post("/api/register", json=form).json
    anyone.patch(
        "/api/me",
        json={
            "name": "Eleonora",
            "email": "lena@example.net",
            "current_password": "correct horse",
        },
        headers={"Authorization": f"Bearer {session['token']}"},
    )

    assert found(q="eleo") == found(q="lena@") == ["Eleonora"]
    assert found(q="nora@") == []


def test_pages_of_users_contain_every_user_once(api, admin, make_user):
    for number in range(5):
        make_user(f"User {number}", email=f"u{number}@example.org")
    url, names, pages = "/api/users?role=customer&limit=2", [], 0

    while url:
        response = api(admin).get(url)
        names += [user["name"] for user in response.json["data"]]
        following = response.json["next"]
        assert (following is None) == ("Link" not in response.headers)
        url = following and response.headers["Link"].split(">")[0].lstrip("<")
        pages += 1

    assert names == [f"User {number}" for number in range(5)]
    assert pages == 3


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("role=owner", "role"),
        ("role=admin,customer", "role"),
        ("active=maybe", "active"),
        ("q=" + "x" * 256, "q"),
        ("q=a%00b", "q"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=x", "cursor"),
        ("email=x", "email"),
        ("role=admin&role=customer", "role"),
    ],
)
def test_listing_users_names_the_invalid_parameter(api, admin, query, field):
    response = api(admin).get(f"/api/users?{query}")

    assert (response.status_code, list(response.json["errors"])) == (422, [field])

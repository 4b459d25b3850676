"""GET /docs"""

import pytest


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_the_docs_are_a_page_with_or_without_a_slash(anyone, path):
    response = anyone.get(path, headers={"Host": "evil.example"})

    assert response.status_code == 200
    assert response.mimetype == "text/html"
    assert "/docs/swagger-ui.css" in response.text
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/healthz/", "/api/categories/", "/openapi.json/"])
def test_no_path_but_the_docs_takes_a_slash(anyone, path):
    response = anyone.get(path)

    assert (response.status_code, response.json["code"]) == (404, "not_found")

"""A file that a browser on Windows sends, with its whole path."""

import requests

NAME = rb"C:\Users\me\new\\" + "報告.txt".encode()


def test_it_keeps_the_last_part_of_its_path(deployed, register, open_ticket):
    carla = register(deployed, "Carla")
    url = f"{deployed.url}/api/tickets/{open_ticket(deployed, carla)['id']}"
    token = {"Authorization": f"Bearer {carla.token}"}
    form = b'--B\r\nContent-Disposition: form-data; name="attachment"; filename="'
    body = form + NAME + b'"\r\n\r\nIt burns.\r\n--B--\r\n'

    sent = requests.patch(
        url,
        data=body,
        headers={**token, "Content-Type": "multipart/form-data; boundary=B"},
        timeout=20,
    )
    received = requests.get(f"{url}/attachment", headers=token, timeout=20)

    assert sent.json()["attachment"]["name"] == "報告.txt"
    assert received.content == b"It burns."
    assert received.headers["Content-Type"] == "text/plain"
    assert received.headers["Content-Disposition"] == (
        "attachment; filename=attachment.txt; filename*=UTF-8''%E5%A0%B1%E5%91%8A.txt"
    )

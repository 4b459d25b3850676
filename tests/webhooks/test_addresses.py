"""URLs that can be sent to, and addresses that are public."""

from ipaddress import ip_address

import pytest

from ticketing.webhooks.addresses import Target, UrlError, is_public, target_of


@pytest.mark.parametrize(
    "text",
    [
        *("8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.0", "100.63.255.255"),
        *("100.128.0.0", "169.253.255.255", "192.0.1.0", "198.17.255.255"),
        *("198.20.0.0", "223.255.255.255", "11.0.0.0", "126.255.255.255", "1.0.0.0"),
        *("2606:4700:4700::1111", "2a00:1450::1", "2001:200::", "2003::1"),
        *("64:ff9b::8.8.8.8", "2001:4860:4860::8888"),
    ],
)
def test_address_is_public(text):
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        # unspecified, loopback, private, shared, link-local
        *("0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255", "10.0.0.1"),
        *("172.16.0.0", "172.31.255.255", "192.168.1.1", "100.64.0.1"),
        *("100.127.255.255", "169.254.169.254"),
        # protocols, documentation, relays, benchmarks, multicast, reserved, broadcast
        *("192.0.0.1", "192.0.0.170", "192.0.2.1", "198.51.100.1", "203.0.113.1"),
        *("192.88.99.1", "198.18.0.1", "198.19.255.255", "224.0.0.1"),
        *("239.255.255.255", "240.0.0.1", "255.255.255.255"),
        # the same of IPv6
        *("::", "::1", "fc00::1", "fd00:ec2::254", "fe80::1", "febf::1", "fec0::1"),
        *("ff02::1", "ff0e::1", "100::1", "100:0:0:1::1", "2001:db8::1", "3fff::1"),
        *("2001:2::1", "2001:10::1", "2001:20::1", "5f00::1", "4000::1", "1::1"),
        # IPv4 inside: mapped, compatible, translated, 6to4, Teredo, NAT64
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1"),
        *("::10.0.0.1", "::ffff:0:127.0.0.1", "2002:7f00:1::", "2002:a00:1::1"),
        *("2002:808:808::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1"),
        *("64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254"),
        *("64:ff9b:1::8.8.8.8", "64:ff9b:1::10.0.0.1"),
    ],
)
def test_address_is_not_public(text):
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.org", Target("https", "example.org", 443, "/")),
        ("HTTPS://Example.ORG/a/b", Target("https", "example.org", 443, "/a/b")),
        ("http://example.org:8080/?a=1", Target("http", "example.org", 8080, "/?a=1")),
        ("https://example.org?a", Target("https", "example.org", 443, "/?a")),
        ("https://example.org./x", Target("https", "example.org", 443, "/x")),
        ("https://bücher.de/", Target("https", "xn--bcher-kva.de", 443, "/")),
        ("https://ＥＸＡＭＰＬＥ。org/", Target("https", "example.org", 443, "/")),
        ("https://a_b.example.org/", Target("https", "a_b.example.org", 443, "/")),
        ("https://localhost:1/", Target("https", "localhost", 1, "/")),
        ("https://8.8.8.8:65535/", Target("https", "8.8.8.8", 65535, "/")),
        ("https://１２７.0.0.1/", Target("https", "127.0.0.1", 443, "/")),
        ("https://8.8.8.8./", Target("https", "8.8.8.8", 443, "/")),
        ("http://[::1]:80/", Target("http", "::1", 80, "/")),
        ("http://[2606:4700::0]/", Target("http", "2606:4700::", 80, "/")),
    ],
)
def test_url_leads_to(url, target):
    assert target_of(url) == target


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://example.org:443/", "example.org"),
        ("http://example.org:443/", "example.org:443"),
        ("https://[2606:4700::1]/", "[2606:4700::1]"),
        ("https://[2606:4700::1]:8443/", "[2606:4700::1]:8443"),
        ("https://bücher.de./", "xn--bcher-kva.de"),
    ],
)
def test_host_header_has_a_port_that_is_not_the_default(url, authority):
    assert target_of(url).authority == authority


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.org", "//example.org/", "ftp://example.org/", "https://"),
        *("https:///hook", "https:example.org", "file:///etc/passwd", "javascript:1"),
        *("https://user@example.org/", "https://user:pw@example.org/"),
        *("https://@example.org/", "https://example.org/#top", "https://example.org#"),
        *("https://example.org:0/", "https://example.org:65536/"),
        *("https://example.org:/", "https://example.org:x/", "https://example.org:-1/"),
        # addresses in the forms that only some programs read
        *("https://2130706433/", "https://0x7f000001/", "https://0x7f.1/"),
        *("https://127.1/", "https://0177.0.0.1/", "https://017700000001/"),
        *("https://127.0.0.1.1/", "https://127.0.0.0x1/", "https://256.0.0.1/"),
        *("https://example.1/", "https://１２７.1/", "https://①②⑦.①/"),
        *("https://[::1/", "https://[fe80::1%25eth0]/", "https://[127.0.0.1]/"),
        *("https://[v1.a]/", "https://::1/", "https://[::1]x/"),
        # what programs read differently
        *("https://example.org\\@127.0.0.1/", "https://example.org/a b"),
        *("https://exam\nple.org/", "https://a.org/\r\nX: y", "https://a\tb.org/"),
        *(" https://example.org/", "https://example.org/ü", "https://exa mple.org/"),
        *("https://%31%32%37.0.0.1/", "https://exa%00mple.org/"),
        *("https://a\u3000b.org/", "https://a\u00adb..org/"),
        # names that cannot be
        *("https://.example.org/", "https://example..org/", "https://example.org../"),
        *("https://-a.org/", "https://a-.org/", "https://a!b.org/", "https://*.org/"),
        *(f"https://{'a' * 64}.org/", f"https://{'a.' * 127}org/"),
    ],
)
def test_url_cannot_be_sent_to(url):
    with pytest.raises(UrlError):
        target_of(url)

"""Mails through a real SMTP server, which may refuse, hang, die and come back"""

import time
from contextlib import ExitStack
from threading import Thread
from urllib.parse import quote

import pytest
from mail.smtp_server import PASSWORD, USER
from outside import MailServer
from served import deployment, register
from sqlalchemy import select

from ticketing.core.database import db, utcnow
from ticketing.core.transaction import transaction
from ticketing.jobs.models import Job, State
from ticketing.jobs.service import NewJob, enqueue
from ticketing.jobs.worker import PLACES, Worker
from ticketing.mail import transports
from ticketing.mail.jobs import MAX_SENDING

pytestmark = pytest.mark.slow
PATIENCE = 20  # seconds
LOGIN = f"{USER}:{quote(PASSWORD, safe='')}@"


def eventually(find):
    """Return what is found, once something is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := find()):
        assert time.monotonic() < deadline, "nothing was found in time"
        time.sleep(0.02)
    return found


@pytest.fixture
def serve(tmp_path, app, monkeypatch, settings_of_mail):
    """Start a server; send mails there, by a URL with what is given in front and after.

    Options are those of ``MailServer``.
    """
    with ExitStack() as stack:

        def serve(scheme="smtp", login="", after="", **options) -> MailServer:
            server = MailServer(tmp_path / "smtp", **options)
            server.start()
            stack.callback(server.stop)
            url = f"{scheme}://{login}localhost:{server.port}{after}"
            monkeypatch.setitem(app.config, "MAIL_URL", url)
            return server

        yield serve


@pytest.fixture
def trusted(monkeypatch, tmp_path):
    """Trust the certificate of the server, as an admin of this machine would."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "smtp" / "cert.pem"))


@pytest.fixture
def hurried(monkeypatch):
    """Do not wait for long."""
    monkeypatch.setattr(transports, "TIMEOUT_S", 1.0)


@pytest.fixture
def mail_job(app, open_ticket, work):
    """Open a ticket, do the jobs; return the job that sends its mail as it is then."""

    def mail_job() -> Job:
        open_ticket()
        work()
        return reread()

    def reread() -> Job:
        with app.app_context():
            return db.session.scalars(select(Job).where(Job.pool == "mail")).one()

    mail_job.reread = reread
    return mail_job


@pytest.fixture
def retry(app, work):
    """Do the failed jobs again, without waiting for their time."""

    def retry() -> None:
        with app.app_context():
            for job in db.session.scalars(select(Job).where(Job.state == State.DUE)):
                job.due_at = utcnow()
            db.session.commit()
        work()

    return retry


def test_a_mail_is_sent_to_its_recipient(serve, mail_job, customer):
    server = serve()

    job = mail_job()

    [received] = server.received()
    assert job.state is State.DONE
    assert received["from"] == "support@example.org"
    assert received["to"] == [customer.email]
    assert received["helo"] == "example.org"
    assert "It burns." in received["content"]


@pytest.mark.parametrize("mode", ["451", "die"])
def test_a_mail_that_is_refused_for_now_is_sent_later(serve, mail_job, retry, mode):
    server = serve()
    server.behave(mode)

    first = mail_job()
    server.behave("accept")
    if mode == "die":
        server.stop()
        server.start()
    retry()

    assert (first.state, first.last_status) == (
        (State.DUE, 451) if mode == "451" else (State.DUE, None)
    )
    assert mail_job.reread().state is State.DONE
    assert len(server.received()) == 1


@pytest.mark.parametrize(
    ("mode", "name"), [("550", "SMTPDataError"), ("rcpt 550", "SMTPRecipientsRefused")]
)
def test_a_mail_that_is_refused_for_good_has_failed(
    serve, mail_job, logged, customer, mode, name
):
    server = serve()
    server.behave(mode)

    job = mail_job()

    assert (job.state, job.attempts) == (State.FAILED, 1)
    assert (job.last_error, job.last_status) == (name, 550)
    assert customer.email not in str(logged(""))
    assert "I do not like" not in str(logged(""))


def test_a_server_that_is_away_is_asked_again(serve, mail_job, retry):
    server = serve()
    server.stop()

    first = mail_job()
    server.start()
    retry()

    assert (first.state, first.last_error) == (State.DUE, "ConnectionRefusedError")
    assert len(server.received()) == 1


def test_a_mail_that_was_accepted_is_not_sent_again_whatever_comes_then(
    serve, mail_job
):
    server = serve()
    server.behave("drop after")

    assert mail_job().state is State.DONE
    assert len(server.received()) == 1


def test_a_server_that_hangs_keeps_no_connection_to_the_database(
    app, serve, hurried, open_ticket, worker
):
    server = serve()
    server.behave("hang")
    open_ticket()
    threads: list[Thread] = []

    def start(run, *args):
        threads.append(Thread(target=run, args=args))
        threads[-1].start()

    hanging = Worker(app, start=start)
    with app.app_context():
        hanging.begin_due()
        eventually(lambda: not db.engine.pool.checkedout() or db.session.rollback())
        taken = db.engine.pool.checkedout()
    for thread in threads:
        thread.join()

    assert taken == 0
    with app.app_context():
        job = db.session.scalars(select(Job).where(Job.pool == "mail")).one()
    assert (job.state, job.last_error) == (State.DUE, "SMTPServerDisconnected")


def test_a_server_that_hangs_leaves_places_to_jobs_of_other_kinds(app):
    mails = [NewJob("mail", {})] * PLACES
    begun: list[str] = []
    hanging = Worker(app, start=lambda run, job: begun.append(job.kind))

    with app.app_context():
        transaction()(enqueue)(*mails)
        hanging.begin_due()
        transaction()(enqueue)(NewJob("reply", {}))
        hanging.begin_due()

    assert begun == [*["mail"] * MAX_SENDING, "reply"]


def test_a_link_waits_for_no_mails_of_tickets(app, api, make_user, settings_of_mail):
    client = api(make_user("Uma", email_confirmed=False))
    begun: list[str] = []
    worker = Worker(app, start=lambda run, job: begun.append(job.kind))

    with app.app_context():
        transaction()(enqueue)(*[NewJob("mail", {})] * PLACES)
        worker.begin_due()
    client.post("/api/email/confirmation")
    with app.app_context():
        worker.begin_due()

    assert begun == [*["mail"] * MAX_SENDING, "account_mail"]


def test_tls_is_used_where_it_is_offered(serve, mail_job):
    server = serve(tls="starttls")

    mail_job()

    assert [received["tls"] for received in server.received()] == [True]


def test_tls_can_be_required(serve, mail_job):
    server = serve(after="?tls=required")

    job = mail_job()

    assert (job.state, job.last_error) == (State.DUE, "STARTTLSMissing")
    assert server.received() == []


def test_required_tls_needs_a_certificate_that_is_trusted(serve, mail_job):
    server = serve(after="?tls=required", tls="starttls")

    job = mail_job()

    assert (job.state, job.last_error) == (State.DUE, "SSLCertVerificationError")
    assert server.received() == []


def test_required_tls_is_used(serve, mail_job, trusted):
    server = serve(after="?tls=required", tls="starttls")

    mail_job()

    assert [received["tls"] for received in server.received()] == [True]


@pytest.mark.parametrize("tls", ["starttls", "none"])
def test_on_this_machine_a_password_needs_no_certificate(serve, mail_job, tls):
    server = serve(login=LOGIN, tls=tls, auth=True)

    mail_job()

    [received] = server.received()
    assert received["user"]
    assert received["tls"] is (tls == "starttls")


def test_a_password_leaves_this_machine_by_tls_alone(serve, mail_job, monkeypatch):
    monkeypatch.setattr(transports, "is_loopback", lambda host: False)
    server = serve(login=LOGIN, auth=True)

    job = mail_job()

    assert job.last_error == "STARTTLSMissing"
    assert server.received() == []


def test_a_password_does_not_go_to_who_is_not_trusted(serve, mail_job, monkeypatch):
    monkeypatch.setattr(transports, "is_loopback", lambda host: False)
    server = serve(login=LOGIN, tls="starttls", auth=True)

    job = mail_job()

    assert job.last_error == "SSLCertVerificationError"
    assert server.received() == []


def test_a_wrong_password_fails_a_mail_for_good_and_is_not_told(
    serve, mail_job, logged
):
    server = serve(login=f"{USER}:hunter2@", auth=True)

    job = mail_job()

    assert (job.state, job.last_status) == (State.FAILED, 535)
    assert job.last_error == "SMTPAuthenticationError"
    assert "hunter2" not in str(logged(""))
    assert server.received() == []


def test_tls_from_the_start_is_verified(serve, mail_job, retry, monkeypatch, tmp_path):
    server = serve("smtps", login=LOGIN, tls="smtps", auth=True)

    first = mail_job()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "smtp" / "cert.pem"))
    retry()

    assert first.last_error == "SSLCertVerificationError"
    assert [received["user"] for received in server.received()] == [True]


@pytest.mark.parametrize("utf8", [True, False])
def test_an_address_that_is_not_ascii_needs_a_server_that_knows_such(
    serve, open_ticket, make_user, work, mail_job, utf8
):
    server = serve(utf8=utf8)
    open_ticket(make_user("José", email="josé@example.org"))

    work()

    job = mail_job.reread()
    if utf8:
        [received] = server.received()
        assert received["to"] == ["josé@example.org"]
        assert "To: josé@example.org" in received["content"]
    else:
        assert (job.state, job.last_error) == (State.FAILED, "SMTPUTF8Missing")


def test_a_domain_that_is_not_ascii_needs_no_such_server(
    serve, open_ticket, make_user, work
):
    server = serve()
    open_ticket(make_user("Jo", email="jo@bücher.example"))

    work()

    [received] = server.received()
    assert received["to"] == ["jo@xn--bcher-kva.example"]


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_the_service_sends_while_a_server_hangs(tmp_path, mode):
    server = MailServer(tmp_path / "smtp", tls="starttls")
    settings = {
        "MAIL_URL": f"smtp://127.0.0.1:{server.port}",
        "MAIL_FROM": "support@example.org",
        "PUBLIC_URL": "https://help.example.org",
    }
    with ExitStack() as stack:
        server.start()
        stack.callback(server.stop)
        [service] = stack.enter_context(deployment(tmp_path, mode, **settings))
        server.behave("hang")
        customer, *_ = [register(service, f"Carla-{n}") for n in range(4)]
        slowest = 0.0
        for _ in range(20):
            begun = time.monotonic()
            customer.get("/me")
            slowest = max(slowest, time.monotonic() - begun)
        server.behave("accept")
        register(service, "Sam")
        eventually(lambda: any("sam." in m["to"][0] for m in server.received()))

        # The four that hang hold back neither requests nor other mails.
        assert slowest < 2
        assert all(received["tls"] for received in server.received())

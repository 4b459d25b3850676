# Read by the `flask` command only, never by a WSGI server.
FLASK_APP=wsgi.py

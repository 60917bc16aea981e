"""Web frameworks by their test clients and on 127.0.0.1: bottle, flask over werkzeug, requests over urllib3."""
import json
import re
import socket
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server
import bottle
import flask
import requests
import urllib3
import werkzeug
from werkzeug.routing import Map, Rule
from werkzeug.security import check_password_hash, generate_password_hash

app = flask.Flask("app")
app.secret_key = "k"
blue = flask.Blueprint("blue", "app", url_prefix="/blue")


@blue.route("/<int:n>/<path:rest>")
def numbers(n, rest):
    return {"n": n, "rest": rest, "url": flask.url_for("blue.numbers", n=2, rest="a b", q=1)}


@app.route("/", methods=["GET", "POST"])
def index():
    flask.session["n"] = flask.session.get("n", 0) + 1
    flask.flash("flashed")
    return flask.render_template_string("{{ session.n }} {{ get_flashed_messages() }} {{ request.form.get('x')|e }} {{ request.args }}", **{})


@app.route("/upload", methods=["POST"])
def upload():
    file = flask.request.files["f"]
    return f"{file.filename} {file.read()!r} {file.mimetype} {flask.request.form.to_dict()}"


@app.route("/stream")
def stream():
    return flask.Response((f"{i}\n" for i in range(3)), mimetype="text/plain", headers={"X-A": "1"})


@app.errorhandler(404)
def missing(error):
    return f"missing: {error}", 404


@app.before_request
def before():
    flask.g.user = "u"


@app.after_request
def after(response):
    response.headers["X-User"] = flask.g.user
    return response


app.register_blueprint(blue)
client = app.test_client()
for call in (lambda: client.get("/?a=1&a=2"), lambda: client.post("/", data={"x": "<y>"}), lambda: client.get("/blue/3/x/y"), lambda: client.get("/blue/x/y"),
             lambda: client.get("/stream"), lambda: client.put("/"), lambda: client.options("/"), lambda: client.post("/", json={"a": 1})):
    answer = call()
    print(answer.status, sorted((k, sorted(v.split(", "))) for k, v in answer.headers if k != "Set-Cookie"), answer.get_data(as_text=True))
    print("cookie" if answer.headers.get("Set-Cookie") else "no cookie")
import io
print(client.post("/upload", data={"f": (io.BytesIO(b"data"), "n.txt"), "k": "v"}).get_data(as_text=True))
rules = Map([Rule("/a/<string(length=2):x>", endpoint="a"), Rule("/f/<float:y>/", endpoint="f"), Rule("/<any(p, q):z>", endpoint="z")]).bind("h.org")
for path in ("/a/xy", "/f/1.5", "/f/1.5/", "/p", "/r"):
    try:
        print(rules.match(path))
    except Exception as error:
        print(type(error).__name__, getattr(error, "new_url", ""))
print(rules.build("f", {"y": 2.5}), check_password_hash(generate_password_hash("pw", method="pbkdf2:sha256:10"), "pw"))
print(werkzeug.http.parse_accept_header("text/html;q=0.5, a/b"), werkzeug.http.parse_options_header('form-data; name="x"; filename="y"'),
      werkzeug.datastructures.MultiDict([("a", 1), ("a", 2)]).getlist("a"), werkzeug.utils.secure_filename("../a b.txt"))

site = bottle.Bottle()


@site.route("/hello/<name:re:[a-z]+>")
def hello(name):
    bottle.response.set_header("X-Name", name)
    return bottle.template("Hello {{n}}!\n% for i in range(2):\n<{{i}}>\n% end\n", n=name)


@site.post("/echo")
def echo():
    return {"json": bottle.request.json, "form": dict(bottle.request.forms), "head": bottle.request.get_header("X-In")}


@site.get("/fail")
def fail():
    bottle.abort(418, "teapot")


@site.get("/slow")
def slow():
    yield "a" * 1000
    yield "b" * 1000


class Quiet(WSGIRequestHandler):
    def log_message(self, *args): pass


server = make_server("127.0.0.1", 0, site, handler_class=Quiet)
thread = threading.Thread(target=server.serve_forever)
thread.start()
base = f"http://127.0.0.1:{server.server_port}"
session = requests.Session()
session.headers["X-In"] = "in"
for call in (lambda: session.get(base + "/hello/ada"), lambda: session.post(base + "/echo", json={"a": [1, None]}), lambda: session.post(base + "/echo", data={"f": "\u00e9"}),
             lambda: session.get(base + "/fail"), lambda: session.get(base + "/none", allow_redirects=False), lambda: session.get(base + "/slow", stream=True)):
    answer = call()
    text = answer.text.replace(base, "BASE")
    print(answer.status_code, answer.reason, answer.headers.get("Content-Type"), answer.headers.get("X-Name"), answer.encoding, text[:400], len(text))
try:
    session.get(base + "/fail").raise_for_status()
except requests.HTTPError as error:
    print(str(error).replace(base, "BASE"))
for url in ("http://127.0.0.1:1/", "nonsense", "http://", "ftp://x/"):
    try:
        requests.get(url)
    except requests.RequestException as error:
        print(type(error).__name__, re.sub(r"0x[0-9a-f]+", "ADDRESS", str(error)))
print(requests.Request("GET", "http://x.org/p", params={"a": [1, 2], "b": "\u00e9 "}).prepare().url)
pool = urllib3.PoolManager(retries=urllib3.Retry(2, backoff_factor=0))
answer = pool.request("POST", base + "/echo", fields={"a": "1", "f": ("n.txt", "text")}, headers={"X-In": "u"})
print(answer.status, json.loads(answer.data)["head"], urllib3.util.parse_url("http://u:p@h:80/p?q#f"))
session.close()
pool.clear()
server.shutdown()
thread.join()
server.server_close()

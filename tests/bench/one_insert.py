"""The least a durable POST can be, under the same server: one row, one commit, nothing asked and nothing checked."""

import os
import uuid

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

db = SQLAlchemy()
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db.init_app(app)
_INSERT = text("INSERT INTO one_insert (id, body) VALUES (:id, :body)")


@app.get("/health/live")
def live() -> str:
    return "ok"


@app.post("/insert")
def insert() -> tuple[str, int]:
    db.session.execute(_INSERT, {"id": uuid.uuid4(), "body": "one row"})
    db.session.commit()
    return "", 302

"""Streaming: rows are read while they are worked on, and the connection is given back."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from flask import Flask
from sqlalchemy import Integer, column, func, select

from app import streaming
from app.database import db
from app.streaming import streamed

NUMBERS = select(column("number", Integer)).select_from(func.generate_series(1, 25).alias("number"))


def test_all_rows_come_in_order_and_by_name(app: Flask):
    with app.app_context():
        assert [row.number for row in streamed(NUMBERS, batch=10)] == list(range(1, 26))
        assert [row.number for row in streamed(NUMBERS, batch=25)] == list(range(1, 26))
        assert list(streamed(NUMBERS.where(column("number") < 0))) == []


def test_a_connection_is_taken_with_the_first_row_and_given_back_when_nobody_reads_on(app: Flask):
    with app.app_context():
        pool = db.engine.pool
        rows = streamed(NUMBERS, batch=10)
        before = pool.checkedout()
        next(rows)
        assert pool.checkedout() == before + 1
        rows.close()
        assert pool.checkedout() == before


def test_what_is_begun_is_under_way():
    """Were it only put into a queue, PostgreSQL would wait until this thread does."""
    with ThreadPoolExecutor(1) as beside:
        for number in range(100):
            coming = streaming._begun(beside, partial(abs, number))
            assert coming.running() or coming.done()
            assert coming.result() == number

# The server without its embedded database: DATABASE_URL says where PostgreSQL is. docs/operations.md tells the rest.
FROM python:3.12-slim

# As an ordinary user: nothing here needs more.
RUN useradd --create-home --uid 10001 events
WORKDIR /srv/events

COPY requirements.txt .
RUN pip install --no-cache-dir --requirement requirements.txt

COPY app app
COPY migrations migrations
COPY manage.py .

# The generated secret key is kept in var; with several servers, set SECRET_KEY instead.
RUN mkdir var /backups && chown events var /backups
USER events
ENV HOST=0.0.0.0 PORT=5000 PYTHONUNBUFFERED=1
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5000/healthz', timeout=2)"]
CMD ["gunicorn", "-c", "python:app.gunicorn_config", "app:create_app()"]

FROM python:3.11-slim

# Nothing is written outside of /var/lib/runs and /tmp: the rest may be read-only
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp STREAMLIT_SERVER_PORT=8501 RUNS_CACHE=/var/lib/runs LOG_FORMAT=json

WORKDIR /app
COPY requirements.txt ./
# torch for the processor alone: its version there counts as newer than the usual one
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu -r requirements.txt

COPY .streamlit ./.streamlit
COPY core ./core
COPY explorer ./explorer
COPY pages ./pages
COPY streamlit_app.py ./
RUN python -m compileall -q . \
    && useradd --system --uid 10001 --no-create-home app \
    && install -d -o app /var/lib/runs

USER app
VOLUME /var/lib/runs
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-m", "explorer.server.healthcheck"]
CMD ["streamlit", "run", "--server.address", "0.0.0.0", "--server.headless", "true"]

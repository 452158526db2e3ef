# syntax=docker/dockerfile:1

# Browser assets, exactly those of the lock file.
FROM node:22-slim AS assets
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM python:3.13-slim
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

COPY requirements.txt ./
RUN pip install -r requirements.txt

COPY --from=assets /app/node_modules ./node_modules
COPY manage.py ./
COPY hospital ./hospital
COPY wards ./wards
COPY monitoring ./monitoring
COPY templates ./templates
COPY static ./static

# Gathering files needs settings but no secret: this one never leaves the build.
RUN SECRET_KEY=only-while-the-image-is-built python manage.py collectstatic --noinput -v 0 \
    && useradd --system --uid 10001 --no-create-home wardwatch
USER 10001

EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-m", "hospital.ops.probe"]
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0", "--port", "8000"]

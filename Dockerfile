# The service, from its source: `docker build -t sluice .`
FROM node:24-bookworm-slim AS build
WORKDIR /opt/sluice
COPY . .
RUN npm ci && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production SLUICE_HOST=0.0.0.0 SLUICE_DATA_DIR=/var/lib/sluice
WORKDIR /opt/sluice
COPY --from=build /opt/sluice /opt/sluice
RUN install -d -o node -g node -m 0700 /var/lib/sluice
USER node
VOLUME /var/lib/sluice
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is the first process, so that a stop reaches it.
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "cli/main.ts"]
CMD ["serve"]

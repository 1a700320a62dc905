# One image for each process: --target ingress, worker, scheduler, dashboard; and demo, the emulated GitHub of the demo.
# Dependencies come before code, so that a changed line of code rebuilds in seconds. Nothing is compiled: Node runs the sources.
#
# Where the registries are behind a mirror: build arguments NPM_CONFIG_REGISTRY and APT_MIRROR, HTTP_PROXY and its like. An image's
# history shows arguments: a login belongs into the build secret `npmrc`.

FROM node:24-slim AS base
ENV NODE_ENV=production
WORKDIR /app

FROM base AS tree
COPY . /source
RUN node /source/docker/production-tree.mjs /source /product libs/testing apps/demo \
 && node /source/docker/production-tree.mjs /source /demo

# These two see only package.json files: BuildKit takes them from its cache for as long as those stay as they are.
FROM base AS dependencies
ARG NPM_CONFIG_REGISTRY
COPY .npmrc ./
COPY --from=tree /product/manifests ./
# Types and source maps are most of the bytes, and nothing reads them.
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --omit=dev --ignore-scripts \
 && find node_modules \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete

FROM base AS demo-dependencies
ARG NPM_CONFIG_REGISTRY
COPY .npmrc ./
COPY --from=tree /demo/manifests ./
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --omit=dev --ignore-scripts \
 && find node_modules \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete

FROM base AS process
RUN ln -s /app/apps/cli/src/octo-bots.mjs /usr/local/bin/octo-bots
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "/app/docker/healthz.mjs"]
EXPOSE 8080
ENTRYPOINT ["octo-bots"]

FROM process AS product
COPY --from=dependencies /app ./
COPY docker/healthz.mjs docker/
COPY --from=tree /product/sources ./
USER 1000:1000

FROM product AS ingress
CMD ["ingress"]

FROM product AS scheduler
CMD ["scheduler"]

FROM product AS dashboard
CMD ["dashboard"]

# Operations of bots run git, clang-format and cppcheck on the files of a pull request.
FROM process AS worker
ARG APT_MIRROR
RUN if [ -n "$APT_MIRROR" ]; then \
      find /etc/apt -name '*.list' -o -name '*.sources' | xargs sed -i.given "s|https\?://deb.debian.org/debian|$APT_MIRROR|"; \
    fi \
 && apt-get update -q \
 && apt-get install -y -q --no-install-recommends ca-certificates clang-format cppcheck git \
 && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
 && find /etc/apt -name '*.given' | while read -r given; do mv "$given" "${given%.given}"; done
COPY --from=dependencies /app ./
COPY docker/healthz.mjs docker/
COPY --from=tree /product/sources ./
USER 1000:1000
CMD ["worker"]

FROM base AS demo
COPY --from=demo-dependencies /app ./
COPY --from=tree /demo/sources ./
USER 1000:1000
ENTRYPOINT ["node", "/app/apps/demo/src/emulated.ts"]

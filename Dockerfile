# syntax=docker/dockerfile:1

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY plugins plugins
COPY routes routes
# ONNX Runtime's package has the libraries of every system; those of the others are 220 MB.
RUN npm run build && npm prune --omit=dev \
  && rm -r node_modules/onnxruntime-node/bin/napi-v6/darwin node_modules/onnxruntime-node/bin/napi-v6/win32

FROM node:24-bookworm-slim AS base
ENV NODE_ENV=production \
    MODELS_PATH=/data/onnx-models \
    COLLECTIONS_URL=sqlite:/data/visage.db \
    # Where SQLite puts temporary files, so that the root may be read-only.
    SQLITE_TMPDIR=/data \
    # libvips decodes on libuv's threads, which all workers share; four are too few on a machine of many cores.
    UV_THREADPOOL_SIZE=64 \
    # glibc then gives the memory of closed models back: onnx-models/README.md has the figures.
    MALLOC_MMAP_THRESHOLD_=4194304
WORKDIR /app
RUN mkdir -p /data/onnx-models && chown -R node:node /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# The user node; Kubernetes takes only a number for one that is not root.
USER 1000:1000
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=3s --start-period=120s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 5000}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# node itself is process 1 and handles SIGTERM, so `docker stop` lets requests finish.
CMD ["node", "dist/src/server.js"]

# The libraries of CUDA 12 come from onnxruntime-node's own install script, which npm does not run here (.npmrc).
FROM build AS cuda-modules
RUN node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12

FROM nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04 AS cuda12
COPY --from=base /usr/local/bin/node /usr/local/bin/node
ENV NODE_ENV=production MODELS_PATH=/data/onnx-models COLLECTIONS_URL=sqlite:/data/visage.db SQLITE_TMPDIR=/data UV_THREADPOOL_SIZE=64 MALLOC_MMAP_THRESHOLD_=4194304 GPU_DEVICE=0
WORKDIR /app
RUN mkdir -p /data/onnx-models && chown -R 1000:1000 /data
COPY --from=base /app /app
COPY --from=cuda-modules /app/node_modules/onnxruntime-node node_modules/onnxruntime-node
USER 1000:1000
VOLUME /data
EXPOSE 5000
CMD ["node", "dist/src/server.js"]

# The last stage is the default: `docker build .` makes the CPU image, `docker build --target cuda12 .` the other.
FROM base AS cpu

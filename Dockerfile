# syntax=docker/dockerfile:1

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY src src
COPY plugins plugins
COPY routes routes
COPY bench bench
# What a benchmark makes its files with.
COPY test/keras test/keras
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim AS base
ENV NODE_ENV=production \
    MODELS_PATH=/data/onnx-models \
    GALLERY_URL=sqlite:/data/visage.db \
    # libvips decodes on libuv's threads, which all workers share; four are too few on a machine of many cores.
    UV_THREADPOOL_SIZE=64 \
    # glibc then gives the memory of closed models back: onnx-models/README.md has the figures.
    MALLOC_MMAP_THRESHOLD_=4194304
WORKDIR /app
RUN mkdir -p /data/onnx-models && chown -R node:node /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=3s --start-period=120s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 5000}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# node itself is process 1 and handles SIGTERM, so `docker stop` lets requests finish.
CMD ["node", "--enable-source-maps", "dist/src/server.js"]

# The libraries of CUDA 12 come from onnxruntime-node's own install script, which the .npmrc of the CPU build skips.
FROM build AS cuda-modules
RUN ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node

FROM nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04 AS cuda12
COPY --from=base /usr/local/bin/node /usr/local/bin/node
ENV NODE_ENV=production MODELS_PATH=/data/onnx-models GALLERY_URL=sqlite:/data/visage.db UV_THREADPOOL_SIZE=64 MALLOC_MMAP_THRESHOLD_=4194304 GPU_DEVICE=0
WORKDIR /app
RUN useradd --create-home node && mkdir -p /data/onnx-models && chown -R node:node /data
COPY --from=base /app /app
COPY --from=cuda-modules /app/node_modules/onnxruntime-node node_modules/onnxruntime-node
USER node
VOLUME /data
EXPOSE 5000
CMD ["node", "--enable-source-maps", "dist/src/server.js"]

# The last stage is the default: `docker build .` makes the CPU image, `docker build --target cuda12 .` the other.
FROM base AS cpu

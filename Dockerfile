# The command line tool alone: a static binary on an empty base.
#   docker build -t dynbench .
#   docker run --rm -v "$PWD/results:/data/results" dynbench benchmark --endpoint-url http://... --output-dir /data/results
FROM golang:1.26 AS build
ENV CGO_ENABLED=0 GOTOOLCHAIN=local
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$(cat VERSION)" -o /out/dynbench ./cmd/dynbench
# What the user of the image may write: results, and scratch for an embedded stack.
RUN mkdir -p /out/writable/data/results /out/writable/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=65532:65532 /out/writable/ /
COPY --from=build /out/dynbench /usr/local/bin/dynbench
COPY LICENSE NOTICE /usr/share/doc/dynbench/
ENV PATH=/usr/local/bin HOME=/tmp
USER 65532:65532
WORKDIR /data/results
ENTRYPOINT ["/usr/local/bin/dynbench"]

# nats-server as `make infra-bin` builds it, on an empty base.
FROM scratch
COPY nats-server /usr/local/bin/
ENV PATH=/usr/local/bin
EXPOSE 4222 8222
ENTRYPOINT ["/usr/local/bin/nats-server"]
CMD ["-js", "-m", "8222"]

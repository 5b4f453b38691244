# etcd as `make infra-bin` builds it, on an empty base. `make images` builds this
# under the name that it has in its registry, so that either can be used.
FROM scratch
COPY etcd etcdctl /usr/local/bin/
ENV PATH=/usr/local/bin
WORKDIR /var/lib/etcd
EXPOSE 2379 2380
CMD ["/usr/local/bin/etcd"]

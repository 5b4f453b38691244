# The command line tool as this checkout builds it, on an empty base, for parts in
# containers. The image for users is made by the Dockerfile at the top.
FROM scratch
COPY dynbench /usr/local/bin/
COPY tmp /tmp
ENV PATH=/usr/local/bin HOME=/tmp
ENTRYPOINT ["/usr/local/bin/dynbench"]

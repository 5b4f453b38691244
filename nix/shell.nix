# What a developer needs; make still installs its own pinned linters, because
# nixpkgs may have built golangci-lint with an older Go than go.mod asks for.
{ pkgs }:
pkgs.mkShell {
  packages = [
    pkgs.go_1_26
    pkgs.gotestsum
    pkgs.golangci-lint
    pkgs.actionlint
    pkgs.nixfmt
    pkgs.nats-server
    pkgs.natscli
    (pkgs.etcd_3_7 or pkgs.etcd_3_6)
  ];
  shellHook = "export GOTOOLCHAIN=local";
}

# The packages of the flake: the CLI, its image, and two checks.
{ lib, pkgs }:
let
  version = lib.fileContents ../VERSION;

  # Everything that go mod vendor may look at stays, so that nix/vendor-hash,
  # computed in a checkout, fits; only what no Go package reads is dropped.
  src = lib.cleanSourceWith {
    name = "dynbench-source";
    src = ../.;
    filter =
      path: type:
      !(builtins.elem (lib.removePrefix (toString ../. + "/") (toString path)) [
        ".git"
        ".github"
        ".tools"
        "benchmarks"
        "bin"
        "dist"
        "flake.lock"
        "flake.nix"
        "nix"
        "results"
      ]);
  };

  common = {
    inherit version src;
    vendorHash = lib.fileContents ./vendor-hash;
    env.CGO_ENABLED = "0";
  };

  dynbench = pkgs.buildGoModule (
    common
    // {
      pname = "dynbench";
      subPackages = [ "cmd/dynbench" ];
      ldflags = [
        "-s"
        "-w"
        "-X main.version=${version}"
      ];
      doCheck = false; # checks.test runs every package
      meta = {
        description = "Benchmarks of LLM inference deployments";
        homepage = "https://github.com/dynbench/dynbench";
        license = lib.licenses.asl20;
        mainProgram = "dynbench";
      };
    }
  );
in
{
  inherit dynbench;

  test = pkgs.buildGoModule (
    common
    // {
      pname = "dynbench-test";
      checkFlags = [ "-short" ];
    }
  );

  fmt = pkgs.runCommand "dynbench-gofmt" { nativeBuildInputs = [ pkgs.go_1_26 ]; } ''
    out_of_form=$(gofmt -l ${src})
    [ -z "$out_of_form" ] || { echo "not formatted: $out_of_form"; exit 1; }
    touch $out
  '';

  image = pkgs.dockerTools.buildLayeredImage {
    name = "dynbench";
    tag = version;
    contents = [
      dynbench
      pkgs.cacert
    ];
    config = {
      Entrypoint = [ (lib.getExe dynbench) ];
      User = "65532:65532";
      WorkingDir = "/data/results";
      Env = [ "SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt" ];
    };
  };
}

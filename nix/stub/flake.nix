# A nixpkgs of names alone, so that the flake can be evaluated without network.
# It has the attributes that the flake uses and that are known to exist at the
# pinned revision, and no others: a misspelt name is an error. Functions write
# their arguments into the derivation, since an argument that is never forced
# hides its mistakes. Do not add a name without looking it up in nixpkgs.
{
  description = "stand-in for nixpkgs";

  outputs =
    { self }:
    let
      lib = {
        genAttrs =
          names: f:
          builtins.listToAttrs (
            map (name: {
              inherit name;
              value = f name;
            }) names
          );
        fileContents =
          file: builtins.head (builtins.match "([^\n]*)\n*" (builtins.readFile file));
        optionalAttrs = cond: attrs: if cond then attrs else { };
        removePrefix =
          prefix: s:
          let
            n = builtins.stringLength prefix;
          in
          if builtins.substring 0 n s == prefix then builtins.substring n (-1) s else s;
        getExe = drv: "${drv}/bin/${drv.meta.mainProgram}";
        cleanSourceWith =
          {
            src,
            filter,
            name ? "source",
          }:
          builtins.path {
            path = src;
            inherit filter name;
          };
        licenses.asl20 = {
          spdxId = "Apache-2.0";
        };
      };

      packagesFor =
        system:
        let
          drv =
            name: args:
            derivation (
              {
                inherit name system;
                builder = "/bin/sh";
              }
              // args
            );
          named = name: drv name { };
        in
        {
          stdenv.hostPlatform.isLinux = builtins.match ".*-linux" system != null;

          buildGoModule =
            {
              pname,
              version,
              src,
              vendorHash,
              env,
              subPackages ? [ ],
              ldflags ? [ ],
              checkFlags ? [ ],
              doCheck ? true,
              meta ? { },
            }:
            assert builtins.match "sha256-[A-Za-z0-9+/]{43}=" vendorHash != null;
            assert builtins.match "[0-9]+[.][0-9]+[.][0-9]+.*" version != null;
            (drv "${pname}-${version}" {
              inherit src vendorHash doCheck;
              inherit (env) CGO_ENABLED;
              flags = toString (subPackages ++ ldflags ++ checkFlags);
              about = builtins.toJSON meta;
            })
            // {
              inherit meta;
            };

          dockerTools.buildLayeredImage =
            {
              name,
              tag,
              contents,
              config,
            }:
            drv "${name}-${tag}.tar.gz" {
              contents = toString contents;
              config = builtins.toJSON config;
            };

          mkShell =
            { packages, shellHook }:
            drv "shell" {
              inherit shellHook;
              packages = toString packages;
            };

          runCommand =
            name:
            { nativeBuildInputs }:
            script:
            drv name {
              inherit script;
              inputs = toString nativeBuildInputs;
            };
        }
        // lib.genAttrs [
          "actionlint"
          "cacert"
          "etcd_3_6"
          "go_1_26"
          "golangci-lint"
          "gotestsum"
          "nats-server"
          "natscli"
          "nixfmt"
          "nixfmt-tree"
        ] named;
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ] packagesFor;
    };
}

{
  description = "dynbench: benchmarks of LLM inference deployments as Go tests";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      lib = nixpkgs.lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forAll = f: lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      parts = pkgs: import ./nix/packages.nix { inherit lib pkgs; };
    in
    {
      packages = forAll (
        pkgs:
        let
          p = parts pkgs;
        in
        {
          default = p.dynbench;
          dynbench = p.dynbench;
        }
        // lib.optionalAttrs pkgs.stdenv.hostPlatform.isLinux { image = p.image; }
      );

      apps = forAll (pkgs: {
        default = {
          type = "app";
          program = lib.getExe (parts pkgs).dynbench;
        };
      });

      devShells = forAll (pkgs: {
        default = import ./nix/shell.nix { inherit pkgs; };
      });

      checks = forAll (
        pkgs:
        let
          p = parts pkgs;
        in
        {
          build = p.dynbench;
          test = p.test;
          fmt = p.fmt;
        }
      );

      formatter = forAll (pkgs: pkgs.nixfmt-tree);

      overlays.default = final: prev: {
        dynbench = (import ./nix/packages.nix { inherit lib; pkgs = final; }).dynbench;
      };
    };
}

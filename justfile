# Recipes for https://just.systems; without it, the lines below can be typed as they are.

# Show the recipes
default:
    @just --list

# Everything that must hold before a change goes in
ci:
    .ci/run

# Run the tests; on whole real files too where DROPLINE_MIRROR names a mirror
test *args:
    cargo test {{ args }}

# Format
fmt:
    cargo fmt

# Check format and lints
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings

# Build the documentation
doc:
    RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps

# Run a bundled incident, such as `just incident kp-2022-04-21`
incident name *args:
    cargo run -- run data/incidents/{{ name }}.toml {{ args }}

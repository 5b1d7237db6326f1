# Recipes for https://just.systems; without it, type the lines below as they are.

# Show the recipes
default:
    @just --list

# Run all checks that must pass before a change is merged
ci:
    .ci/run

# Run the tests; with `-- --include-ignored` also those that need tools or real files
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

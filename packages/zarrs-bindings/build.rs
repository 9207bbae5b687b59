//! Lets `cargo test` find libpython; an extension module does not link it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    pyo3_build_config::add_libpython_rpath_link_args();
}

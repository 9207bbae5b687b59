//! Lets the targets find libpython, which the crate needs.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    pyo3_build_config::add_libpython_rpath_link_args();
}

#!/bin/sh
# `./dev sanitize`: test the unsafe code with the tools of the Rust toolchain that find faults.
# Arguments: any of miri, address, thread, python; without arguments, all of them.
#
# Each tool must first find a deliberate fault of src/canary.rs.
set -eu
cd "$(dirname "$0")/../../.."
manifest=packages/zarrs-bindings/Cargo.toml
suppressed=$PWD/packages/zarrs-bindings/sanitize
built=$PWD/build/sanitize
host=$(rustc -vV | sed -n 's/^host: //p')

say() { printf '>> %s\n' "$*" >&2; }
die() { printf './dev sanitize: %s\n' "$*" >&2; exit 1; }

# C libraries define the same table in several files: only tables of different sizes are an error.
export ASAN_OPTIONS=detect_leaks=1:detect_odr_violation=1
export LSAN_OPTIONS=suppressions=$suppressed/leaks.txt:print_suppressions=0
export TSAN_OPTIONS=suppressions=$suppressed/races.txt:print_suppressions=0

# RUSTC_BOOTSTRAP enables the sanitizers in stable Rust. Because the target is named, build scripts
# and macros are not instrumented.
sanitized() {
    sanitizer=$1 command=$2
    shift 2
    flags="-Zsanitizer=$sanitizer -Cunsafe-allow-abi-mismatch=sanitizer"
    # With frame pointers, a report shows where memory was allocated.
    [ "$sanitizer" = thread ] || flags="$flags -Cforce-frame-pointers=yes"
    [ "$sanitizer" != thread ] || flags="$flags $ordered"
    RUSTC_BOOTSTRAP=1 RUSTFLAGS=$flags cargo "$command" --quiet --locked --lib --profile sanitize \
        --features canary --target "$host" --manifest-path $manifest --target-dir "$built/$sanitizer" "$@"
}

runtime() {
    for file in "$(rustc --print target-libdir)"/librustc-*_rt."$1".a; do
        [ ! -e "$file" ] || { echo "$file"; return; }
    done
    die "this Rust toolchain has no $1 for $host."
}

# Runs a command that must fail and report the fault.
must_report() {
    fault=$1 report=$built/canary.txt
    shift
    if "$@" >"$report" 2>&1; then die "a fault made on purpose was not found: $fault"; fi
    grep -q "$fault" "$report" || { cat "$report" >&2; die "no report of a fault made on purpose: $fault"; }
}

run_miri() {
    if ! cargo +nightly miri --version >/dev/null 2>&1; then
        say 'miri: not run, because no nightly toolchain with the component miri is installed'
        return
    fi
    say 'miri: plan, gather, fill, shards, jobs'
    # The threads of a pool live as long as the process.
    export MIRIFLAGS='-Zmiri-disable-isolation -Zmiri-ignore-leaks'
    set -- cargo +nightly miri test --quiet --locked --lib --features canary \
        --manifest-path $manifest --target-dir "$built/miri" --
    must_report 'Undefined Behavior' "$@" --exact canary::tests::bounds
    "$@" plan:: elements::gather:: elements::fill:: codec::shard:: threads::jobs::
}

run_address() {
    runtime asan >/dev/null
    say 'address: all tests of the crate, with leaks'
    sanitized address test --no-run
    must_report heap-buffer-overflow sanitized address test -- --exact canary::tests::bounds
    must_report 'detected memory leaks' sanitized address test -- --exact canary::tests::leak
    sanitized address test -- --skip canary::
}

# The name of the one function of std that matches.
name_in_std() {
    found=$(nm -D --defined-only "$(rustc --print target-libdir)"/libstd-*.so | awk '{ print $3 }' | grep -E -- "$1\$")
    case $found in
        '' | *[[:space:]]*) die "std has no function that is like $1, or several: amend sanitize/run.sh." ;;
    esac
    echo "$found"
}

# Sets `ordered` to what links order.c, which tells the sanitizer what std orders.
make_order() {
    ordered=-Clink-arg=$built/order.o
    set --
    for pair in 'MUTEX_LOCK=sync5mutex5futex.*14lock_contended' 'RWLOCK_READ=rwlock5futex.*14read_contended' \
        'RWLOCK_WRITE=rwlock5futex.*15write_contended' 'CONDVAR_WAIT=condvar5futex.*Condvar4wait' \
        'CONDVAR_WAIT_TIMEOUT=condvar5futex.*12wait_timeout' \
        'SCOPE_END=ScopeData29decrement_num_running_threads'; do
        name=$(name_in_std "${pair#*=}")
        set -- "$@" "-D${pair%%=*}=$name"
        ordered="$ordered -Clink-arg=-Wl,--wrap=$name"
    done
    cc -O1 -fPIC "$@" -c "$suppressed/order.c" -o "$built/order.o"
}

run_thread() {
    runtime tsan >/dev/null
    make_order
    say 'thread: all tests of the crate'
    # A lock of std protects what a backtrace is made of.
    export RUST_BACKTRACE=0
    sanitized thread test --no-run
    must_report 'data race.*write_volatile' sanitized thread test -- --exact canary::tests::race
    sanitized thread test -- --skip canary::
}

# Builds a Python that contains the sanitizer, which must be loaded first. It imports the
# instrumented extension, and the packages of .venv.
make_python() {
    asan=$(runtime asan)
    # shellcheck disable=SC2046
    set -- $(.venv/bin/python -c 'import sysconfig as s
print(s.get_python_version(), s.get_path("purelib"), s.get_config_var("LIBDIR"))')
    module=$built/modules/_zarrs_bindings
    mkdir -p "$built/python/bin" "$built/python/lib/python$1" "$module"
    cp .venv/pyvenv.cfg "$built/python"
    ln -sfn "$2" "$built/python/lib/python$1/site-packages"
    echo 'int Py_BytesMain(int, char **); int main(int n, char **a) { return Py_BytesMain(n, a); }' |
        cc -x c - -x none -o "$built/python/bin/python" -rdynamic -Wl,--whole-archive "$asan" \
            -Wl,--no-whole-archive "-L$3" "-Wl,-rpath,$3" "-lpython$1" -lm -ldl -lpthread
    cp "$2/_zarrs_bindings/__init__.py" "$module"
    cp "$built/address/$host/sanitize/lib_zarrs_bindings.so" "$module/_zarrs_bindings.abi3.so"
}

run_python() {
    say 'python: the tests of the extension that reach most of its memory'
    sanitized address build
    make_python
    export PYTHONPATH="$built/modules" PYTHONMALLOC=malloc
    # At exit, Python frees neither its strings nor the classes of the extension.
    export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"
    python=$built/python/bin/python
    canary='import ctypes, _zarrs_bindings as z; ctypes.CDLL(z._zarrs_bindings.__file__).canary_bounds()'
    must_report heap-buffer-overflow "$python" -c "$canary"
    for folder in codec elements memory plan selection write; do
        set -- "$@" "packages/zarrs-bindings/tests/$folder"
    done
    set -- "$@" packages/zarrs-bindings/tests/test_shared_memory.py tests/zarrs/test_variable_length*.py
    "$python" -m pytest -q -x -p no:xdist -p no:cacheprovider "$@"
}

mkdir -p "$built"
[ $# -gt 0 ] || set -- miri address thread python
for part; do
    case $part in
        miri | address | thread | python) "run_$part" ;;
        *) die "there is no part '$part': name miri, address, thread or python." ;;
    esac
done

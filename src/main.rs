//! The entry point: passes the arguments on and returns the exit code.

mod allocator;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: allocator::HugePages = allocator::HugePages;

fn main() -> ExitCode {
    allocator::share_one_arena();
    ExitCode::from(seededit::main(std::env::args_os()))
}

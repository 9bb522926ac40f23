//! Arguments and environment in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    share_one_arena();
    ExitCode::from(seededit::main(std::env::args_os()))
}

/// Lets all threads allocate from one arena, where glibc would make eight for each processor.
///
/// Each arena keeps the holes between what its threads freed, so that a long batch would take more
/// memory than a short one. Threads here wait for the network and for pages of their own, and hardly
/// for one another.
fn share_one_arena() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the only way to tell glibc, but for the environment")]
    // SAFETY: `mallopt` takes two integers, and no other thread has begun.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

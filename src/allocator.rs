//! The global allocator.

#![expect(unsafe_code, reason = "implementing and configuring an allocator is unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
#[cfg(all(target_os = "linux", target_env = "gnu"))]
use std::sync::atomic::{AtomicBool, Ordering};

/// The system's allocator, with huge pages for large blocks, and with memory for them that is kept and reused.
///
/// A picture of 12 megapixels takes 36 MB, and a merge allocates about sixty planes of 1 to 4 MB. With 4 KiB pages
/// that are returned each time, the first writes cause thirty thousand page faults, a tenth of the time of a
/// merge. Many systems use huge pages only on request.
pub(crate) struct HugePages;

/// The smallest large block: half of one channel of a megapixel.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: usize = 512 << 10;

// SAFETY: all blocks come from `System` unchanged; `madvise` does not change their content.
unsafe impl GlobalAlloc for HugePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        make_room_for(layout.size());
        // SAFETY: both functions have the same contract.
        advised(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        make_room_for(layout.size());
        // SAFETY: as above.
        advised(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above; the block comes from `System`.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        make_room_for(size);
        // SAFETY: as above.
        advised(unsafe { System.realloc(block, layout, size) }, size)
    }
}

/// Requests huge pages for a block that is large enough to fill one, and returns the block.
#[cfg(target_os = "linux")]
fn advised(block: *mut u8, size: usize) -> *mut u8 {
    const HUGE: usize = 2 << 20;

    if size >= HUGE && !block.is_null() {
        let page = rustix::param::page_size();
        let margin = block.addr().next_multiple_of(page) - block.addr();
        let whole = (size - margin) / page * page;
        // SAFETY: the range consists of whole pages inside the block. The system may ignore the advice.
        let _ = unsafe {
            rustix::mm::madvise(block.add(margin).cast(), whole, rustix::mm::Advice::LinuxHugepage)
        };
    }
    block
}

#[cfg(not(target_os = "linux"))]
fn advised(block: *mut u8, _: usize) -> *mut u8 {
    block
}

/// On the first large allocation, grows the heap by 8 × 15 MiB of huge pages and keeps them, so that the planes of
/// a merge reuse memory that is already mapped. A page takes memory only once it is written to.
///
/// Once that memory is in use, blocks of 16 MiB and more, such as a large picture, get their own mappings. Those grow without a
/// copy and return to the system at once. No plane that a merge compares is half as large.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn make_room_for(size: usize) {
    const MAPPED: usize = 16 << 20;
    const PARTS: usize = 8;
    static IS_MADE: AtomicBool = AtomicBool::new(false);

    if size < LARGE || IS_MADE.swap(true, Ordering::Relaxed) {
        return;
    }
    // A block slightly below the threshold comes from the heap.
    let part = MAPPED - (MAPPED >> 4);
    // SAFETY: `mallopt` takes two integers. `free` gets blocks from `malloc` that are not used elsewhere, or null.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED as libc::c_int);
        libc::mallopt(libc::M_TRIM_THRESHOLD, (PARTS * MAPPED) as libc::c_int);
        let parts = [(); PARTS].map(|()| advised(libc::malloc(part).cast(), part));
        parts.into_iter().for_each(|part| libc::free(part.cast()));
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn make_room_for(_: usize) {}

/// Makes all threads allocate from one arena. By default, glibc creates up to eight per processor.
///
/// Each arena fragments on its own, so a long batch would take more memory than a short one. The threads here
/// mostly wait for the network, so they rarely contend for the arena.
pub(crate) fn share_one_arena() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `mallopt` takes two integers, and no other thread is running yet.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

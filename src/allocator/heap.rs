//! A heap that keeps the memory that was freed, for systems whose allocator returns large blocks at once, as musl does: with it,
//! a merge takes twice as long.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dlmalloc::{Allocator, Dlmalloc};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

use super::MAPPED;

/// By how much the heap grows. A page takes memory only once it is written to.
const STEP: usize = 4 << 20;

/// The heap of a program.
pub(crate) struct Heap(Mutex<Dlmalloc<Segments>>);

/// Memory that the heap gets from the system and never returns.
struct Segments;

// SAFETY: each mapping is new, readable, writable and zeroed, and exists until the process ends.
unsafe impl Allocator for Segments {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        let size = size.next_multiple_of(STEP);
        // SAFETY: the system chooses the address, where nothing else is.
        let mapped = unsafe {
            mmap_anonymous(ptr::null_mut(), size, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE)
        };
        mapped.map_or((ptr::null_mut(), 0, 0), |block| (block.cast(), size, 0))
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        ptr::null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        true
    }

    fn page_size(&self) -> usize {
        rustix::param::page_size()
    }
}

impl Heap {
    pub(crate) const fn new() -> Heap {
        Heap(Mutex::new(Dlmalloc::new_with_allocator(Segments)))
    }

    fn lock(&self) -> MutexGuard<'_, Dlmalloc<Segments>> {
        // Nothing panics while the heap is locked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// SAFETY: where a block comes from follows from its layout, so it returns to where it came from.
unsafe impl GlobalAlloc for Heap {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: all of these have the same contract.
        unsafe {
            if layout.size() >= MAPPED {
                System.alloc(layout)
            } else {
                self.lock().malloc(layout.size(), layout.align())
            }
        }
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe {
            if layout.size() >= MAPPED {
                System.alloc_zeroed(layout)
            } else {
                self.lock().calloc(layout.size(), layout.align())
            }
        }
    }

    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe {
            if layout.size() >= MAPPED {
                System.dealloc(block, layout);
            } else {
                self.lock().free(block, layout.size(), layout.align());
            }
        }
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above. The new block is another one, and both have the bytes that are copied.
        unsafe {
            match (layout.size() >= MAPPED, size >= MAPPED) {
                (true, true) => System.realloc(block, layout, size),
                (false, false) => self.lock().realloc(block, layout.size(), layout.align(), size),
                _ => {
                    let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
                    if !moved.is_null() {
                        block.copy_to_nonoverlapping(moved, size.min(layout.size()));
                        self.dealloc(block, layout);
                    }
                    moved
                }
            }
        }
    }
}

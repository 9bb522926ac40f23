//! A low limit of open files is noticed before anything is paid for.
#![cfg(unix)]

use crate::support::{Service, TestEnv};

#[test]
fn nothing_is_sent_if_the_result_could_not_be_downloaded() {
    for limit in [16, 20, 24, 28] {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        let run = env.edit("-q").service(&service).code(3);
        let run = run.stderr_contains(&["error: cannot open the files and connections", "ulimit -n"]);
        run.wrapped_in("sh", &["-c", &format!("ulimit -n {limit}; exec \"$@\""), "sh"]).assert();
        assert_eq!(service.ledger().posts(), 0);
    }
}

#[test]
fn a_soft_limit_is_raised() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let run = env.edit("-q").service(&service).stdout("out.jpg\n");
    run.wrapped_in("sh", &["-c", "ulimit -S -n 16; exec \"$@\"", "sh"]).assert();
    service.ledger().ensure_counts(1, 1);
}

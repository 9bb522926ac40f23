//! The journal and the results of a long completed batch, without running it. One edit is run, and its journal rows and
//! its result are copied for all other rows, with the keys of each row.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use ring::digest::{SHA256, digest};
use rusqlite::{Connection, params};
use seededit::testing::api::Endpoint;
use seededit::testing::batch::{Discriminator, identity};
use seededit::testing::batch::{JobSpec, PictureRef, RequestDefaults};
use seededit::testing::cards::Models;
use seededit::testing::edit::Processing;

use crate::Result;
use crate::workload::{Row, Workload};

/// The number of different input pictures.
const PICTURES: usize = 1_000;
/// The side of a picture, in pixels: about 1 KB of noise.
const SIDE: u32 = 18;
/// The columns that differ between the copies of a job.
const OWN_COLUMNS: [&str; 11] = [
    "id",
    "input",
    "input_path",
    "input_sha256",
    "prompt",
    "seed",
    "output",
    "delivered",
    "modified",
    "key",
    "content",
];

/// Writes a manifest of `count` completed rows, each with the same result.
pub(crate) fn create(workload: &Workload, count: usize) -> Result<PathBuf> {
    let pictures = pictures(workload)?;
    let row = |number: usize| Row {
        image: pictures[number % PICTURES].0.clone(),
        prompt: format!("Add {number} birds to the foreground of the photo."),
        output: format!("done/{number}.jpg"),
    };
    let rows: Vec<Row> = (0..count).map(row).collect();
    workload.batch(&workload.manifest("first", &rows[..1])?, 1).run()?;
    let result = fs::read(workload.path(&rows[0].output))?;

    let endpoint = Endpoint { base: workload.url().parse()?, path: "/v1/images/generations".parse()? };
    let mut journal = Connection::open(workload.data().join("journal.db"))?;
    let (first, key): (String, String) =
        journal.query_row("SELECT id, key FROM job", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let transaction = journal.transaction()?;
    {
        let own = OWN_COLUMNS.join(", ");
        let rest = other_columns(&transaction, "job", &OWN_COLUMNS)?;
        let mut job = transaction.prepare(&format!(
            "INSERT INTO job ({own}, {rest})
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, {rest} FROM job WHERE id = ?11"
        ))?;
        let rest = other_columns(&transaction, "attempt", &["job", "request_id"])?;
        let mut attempt = transaction.prepare(&format!(
            "INSERT INTO attempt (job, request_id, {rest})
             SELECT ?1, 'seededit-' || ?1 || '-1', {rest} FROM attempt WHERE job = ?2"
        ))?;
        for (number, row) in rows.iter().enumerate() {
            let (image, sha256) = &pictures[number % PICTURES];
            let keys = job_keys(row, sha256, &endpoint)?;
            if number == 0 {
                if keys.key != key {
                    return Err("the key of the job differs from the computed one".into());
                }
                continue;
            }
            let output = workload.path(&row.output);
            fs::write(&output, &result)?;
            let id = format!("{first}{number}");
            job.execute(params![
                id,
                image,
                bytes(&workload.path(image)),
                sha256,
                row.prompt,
                keys.seed,
                bytes(&output),
                modified(&output)?,
                keys.key,
                keys.content,
                first,
            ])?;
            attempt.execute(params![id, first])?;
        }
    }
    transaction.commit()?;
    // After a long run, too, nearly everything is in the database and not in the write-ahead log.
    journal.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    workload.manifest("all", &rows)
}

/// The keys by which a job is found.
struct JobKeys {
    key: String,
    content: String,
    seed: u32,
}

fn job_keys(row: &Row, sha256: &str, endpoint: &Endpoint) -> Result<JobKeys> {
    let spec = JobSpec::new(PictureRef::Stdin, row.prompt.parse()?, "bytedance/seededit-3.0-i2i".parse()?);
    // All rows differ, so each has the ordinal 0.
    let discriminator = Discriminator::Ordinal(0, 0);
    let request_hash = identity::request_hash(
        &spec,
        &RequestDefaults::new(Models::built_in("aimlapi")?),
        &Processing::default(),
        sha256,
    );
    let seed = identity::drawn_seed(&request_hash, discriminator);
    Ok(JobKeys {
        key: identity::key(&identity::content_hash(&request_hash, discriminator), endpoint),
        content: identity::result_key(&request_hash, seed, endpoint),
        seed,
    })
}

/// Writes small pictures. Returns their names and SHA-256.
fn pictures(workload: &Workload) -> Result<Vec<(String, String)>> {
    fs::create_dir_all(workload.path("small"))?;
    fs::create_dir_all(workload.path("done"))?;
    let mut rng = fastrand::Rng::with_seed(5);
    let write = |number| {
        let noise =
            image::RgbImage::from_fn(SIDE, SIDE, |_, _| image::Rgb([rng.u8(..), rng.u8(..), rng.u8(..)]));
        let mut png = Cursor::new(Vec::new());
        noise.write_to(&mut png, image::ImageFormat::Png)?;
        let name = format!("small/{number}.png");
        fs::write(workload.path(&name), png.get_ref())?;
        let sha256 = digest(&SHA256, png.get_ref());
        Ok((name, sha256.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()))
    };
    (0..PICTURES).map(write).collect()
}

/// The columns of a table except `own`.
fn other_columns(journal: &Connection, table: &str, own: &[&str]) -> Result<String> {
    let mut statement = journal.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([table], |row| row.get::<_, String>(0))?;
    let names = names.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(names.into_iter().filter(|name| !own.contains(&name.as_str())).collect::<Vec<_>>().join(", "))
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

/// The modification time of a file, in nanoseconds since 1970.
fn modified(path: &Path) -> Result<i64> {
    Ok(fs::metadata(path)?.modified()?.duration_since(UNIX_EPOCH)?.as_nanos().try_into()?)
}

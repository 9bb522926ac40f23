//! A journal and a directory as a long run leaves them, without the run: one edit is made, and what it
//! left is copied for all other rows, each under the names that its row has.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use ring::digest::{SHA256, digest};
use rusqlite::{Connection, params};
use seededit::testing::api::{Endpoint, Model, RequestPath};
use seededit::testing::batch::{Discriminator, identity};
use seededit::testing::batch::{JobSpec, PictureRef, RequestDefaults};
use seededit::testing::edit::Processing;

use crate::Result;
use crate::scene::{Row, Scene};

/// How many pictures the rows are about.
const PICTURES: usize = 1_000;
/// A side of one: about 1 KB of noise.
const SIDE: u32 = 18;
/// What a copy has of its own; the rest is the same for all.
const OWN: [&str; 11] = [
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

/// Writes a manifest of so many rows, of which all are done; every result is `result`.
pub(crate) fn all_done(scene: &Scene, result: &[u8], count: usize) -> Result<PathBuf> {
    let pictures = pictures(scene)?;
    let row = |number: usize| Row {
        image: pictures[number % PICTURES].0.clone(),
        prompt: format!("Add {number} birds to the foreground of the photo."),
        output: format!("done/{number}.jpg"),
    };
    let rows: Vec<Row> = (0..count).map(row).collect();
    scene.batch(&scene.manifest("first", &rows[..1])?, 1).run()?;

    let endpoint = Endpoint { base: scene.url().parse()?, path: RequestPath::DEFAULT.parse()? };
    let mut journal = Connection::open(scene.data().join("journal.db"))?;
    let (first, key): (String, String) =
        journal.query_row("SELECT id, key FROM job", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let change = journal.transaction()?;
    {
        let own = OWN.join(", ");
        let rest = columns_but(&change, "job", &OWN)?;
        let mut job = change.prepare(&format!(
            "INSERT INTO job ({own}, {rest})
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, {rest} FROM job WHERE id = ?11"
        ))?;
        let rest = columns_but(&change, "attempt", &["job", "request_id"])?;
        let mut attempt = change.prepare(&format!(
            "INSERT INTO attempt (job, request_id, {rest})
             SELECT ?1, 'seededit-' || ?1 || '-1', {rest} FROM attempt WHERE job = ?2"
        ))?;
        for (number, row) in rows.iter().enumerate() {
            let (image, sha256) = &pictures[number % PICTURES];
            let names = names(row, sha256, &endpoint);
            if number == 0 {
                if names.key != key {
                    return Err("jobs have other keys than this program makes".into());
                }
                continue;
            }
            let output = scene.path(&row.output);
            fs::write(&output, result)?;
            let id = format!("{first}{number}");
            job.execute(params![
                id,
                image,
                bytes(&scene.path(image)),
                sha256,
                row.prompt,
                names.seed,
                bytes(&output),
                modified(&output)?,
                names.key,
                names.content,
                first,
            ])?;
            attempt.execute(params![id, first])?;
        }
    }
    change.commit()?;
    // As after a long run: nearly all of it is in its place, and not in the log.
    journal.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    scene.manifest("all", &rows)
}

/// What a job is found by.
struct JobKeys {
    key: String,
    content: String,
    seed: u32,
}

fn names(row: &Row, sha256: &str, endpoint: &Endpoint) -> JobKeys {
    let wish = JobSpec {
        line: None,
        picture: PictureRef::Stdin,
        prompt: row.prompt.clone(),
        then: Vec::new(),
        model: Model::DEFAULT.to_owned(),
        seed: None,
        guidance_scale: None,
        watermark: None,
        count: 1,
        output: None,
        directory: None,
        id: None,
    };
    // No two rows ask the same, so each is the first of its like.
    let discriminator = Discriminator::Ordinal(0, 0);
    let request_hash = identity::request_hash(
        &wish,
        &RequestDefaults { response_format: None, size: None },
        &Processing::default(),
        sha256,
    );
    let seed = identity::drawn_seed(&request_hash, discriminator);
    JobKeys {
        key: identity::key(&identity::content_hash(&request_hash, discriminator), endpoint),
        content: identity::result_key(&request_hash, seed, endpoint),
        seed,
    }
}

/// Small pictures, with their SHA-256.
fn pictures(scene: &Scene) -> Result<Vec<(String, String)>> {
    fs::create_dir_all(scene.path("small"))?;
    fs::create_dir_all(scene.path("done"))?;
    let mut rng = fastrand::Rng::with_seed(5);
    let one = |number| {
        let noise =
            image::RgbImage::from_fn(SIDE, SIDE, |_, _| image::Rgb([rng.u8(..), rng.u8(..), rng.u8(..)]));
        let mut png = Cursor::new(Vec::new());
        noise.write_to(&mut png, image::ImageFormat::Png)?;
        let name = format!("small/{number}.png");
        fs::write(scene.path(&name), png.get_ref())?;
        let sha256 = digest(&SHA256, png.get_ref());
        Ok((name, sha256.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()))
    };
    (0..PICTURES).map(one).collect()
}

/// The columns of a table but for some.
fn columns_but(journal: &Connection, table: &str, own: &[&str]) -> Result<String> {
    let mut statement = journal.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([table], |row| row.get::<_, String>(0))?;
    let names = names.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(names.into_iter().filter(|name| !own.contains(&name.as_str())).collect::<Vec<_>>().join(", "))
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

/// When a file was last changed, in nanoseconds since 1970.
fn modified(path: &Path) -> Result<i64> {
    Ok(fs::metadata(path)?.modified()?.duration_since(UNIX_EPOCH)?.as_nanos().try_into()?)
}

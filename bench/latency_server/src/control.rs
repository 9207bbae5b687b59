//! The commands: one a line, each answered by a line.

use std::io::{self, BufRead, Write};
use std::time::Duration;

use crate::traffic::Traffic;

/// Obeys until the input ends.
pub fn obey(input: impl BufRead, mut output: impl Write, traffic: &Traffic) -> io::Result<()> {
    for line in input.lines() {
        let answer = run(&line?, traffic).unwrap_or_else(|reason| format!("error: {reason}"));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

/// Runs a command, and returns what to answer, or what is wrong with it.
fn run(line: &str, traffic: &Traffic) -> Result<String, String> {
    let (command, value) = line.split_once(' ').unwrap_or((line, ""));
    match command {
        "latency" => {
            let seconds = value.parse().map(|ms: f64| ms / 1e3);
            let latency = seconds.ok().and_then(|it| Duration::try_from_secs_f64(it).ok());
            traffic
                .set_latency(latency.ok_or("a latency is in milliseconds, as in `latency 2.5`")?);
        }
        "bandwidth" => traffic.set_bandwidth(number(value, "bytes a second")?),
        "fail" => traffic.fail(number(value, "requests")?),
        "reset" => traffic.reset(),
        "counts" => return Ok(traffic.counts()),
        _ => return Err(format!("there is no command `{command}`")),
    }
    Ok("ok".to_owned())
}

fn number(value: &str, what: &str) -> Result<u64, String> {
    value.parse().map_err(|_| format!("`{value}` is not a number of {what}"))
}

#[cfg(test)]
mod tests {
    use super::obey;
    use crate::traffic::Traffic;

    /// Catches a command that is not obeyed, and a wrong one that counts as obeyed.
    #[test]
    fn each_command_is_answered_by_a_line() {
        let traffic = Traffic::default();
        let mut answers = Vec::new();
        let commands =
            "latency 0.5\nlatency -1\nbandwidth 10\nfail x\nfail 1\nreset\nstop\ncounts\n";
        assert!(obey(commands.as_bytes(), &mut answers, &traffic).is_ok());
        let answers = String::from_utf8_lossy(&answers);
        let expected = [
            "ok",
            "error: a latency is in milliseconds, as in `latency 2.5`",
            "ok",
            "error: `x` is not a number of requests",
            "ok",
            "ok",
            "error: there is no command `stop`",
            r#"{"received": 0, "sent": 0, "most_in_flight": 0, "requests": {}}"#,
        ];
        assert_eq!(answers.lines().collect::<Vec<_>>(), expected);
        assert!(traffic.is_to_fail());
    }
}

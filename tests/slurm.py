"""A real SLURM on this machine, on loopback only: munged, slurmctld and one slurmd per virtual node.

    with slurm(folder) as environment: subprocess.run(["sbatch", ...], env=environment)

Debian's packages ``slurm-wlm`` and ``munge`` are all it needs, and the rights of root; ``missing()`` says what is not
there. Only processes that were started here are ended, by their number.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "srun")
CONFIGURATION = """
ClusterName=quartiers
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
SchedulerParameters=sched_interval=2,batch_sched_delay=0,bf_interval=2
InactiveLimit=0
KillWait=5
MinJobAge=300
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={node} CPUs={cpus} RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=n1 Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str:
    """Say what keeps SLURM from being started here; nothing where all is there."""
    absent = [name for name in NEEDED if _find(name) is None]
    if absent:
        return f"SLURM is not installed (no {', '.join(absent)})"
    return "" if os.geteuid() == 0 else "SLURM's daemons need the rights of root"


@contextmanager
def slurm(folder: Path, cpus: int = 2) -> Iterator[dict[str, str]]:
    """Run SLURM's daemons until the context ends; gives the environment in which its commands find it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("state", "spool-n1"):
        (folder / name).mkdir()
    configuration = folder / "slurm.conf"
    ports = {"controller": _free_port(), "node": _free_port()}
    configuration.write_text(
        CONFIGURATION.format(folder=folder, host=socket.gethostname().split(".")[0], cpus=cpus, **ports)
    )
    environment = {**os.environ, "SLURM_CONF": str(configuration)}
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    munge = [f"--socket={folder}/munge.socket", f"--key-file={key}", f"--pid-file={folder}/munged.pid",
             f"--log-file={folder}/munged.log", f"--seed-file={folder}/munged.seed"]  # fmt: skip
    daemons = []
    try:
        for command in (
            [_find("munged"), "--foreground", "--force", *munge],
            [_find("slurmctld"), "-D", "-i", "-f", str(configuration)],
            [_find("slurmd"), "-D", "-N", "n1", "-f", str(configuration)],
        ):
            with (folder / f"{Path(str(command[0])).name}.out").open("wb") as log:
                daemons.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
            time.sleep(0.5)
        _wait_until_idle(environment, folder)
        yield environment
    finally:
        subprocess.run(["scancel", "--user=root"], env=environment, check=False, capture_output=True, timeout=30.0)
        for daemon in reversed(daemons):
            daemon.terminate()
            with suppress(subprocess.TimeoutExpired):
                daemon.wait(timeout=20.0)
            daemon.kill()
            daemon.wait()


def _wait_until_idle(environment: dict[str, str], folder: Path) -> None:
    for _ in range(60):
        command = ["sinfo", "--noheader", "--format=%T"]
        found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if "idle" in found.stdout:
            return
        time.sleep(0.5)
    logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in sorted(folder.glob("*.log")))
    raise RuntimeError(f"SLURM did not come up: {found.stdout} {found.stderr}\n{logs}")


def _find(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port

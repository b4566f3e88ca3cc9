"""The training loop."""

import os
import pathlib
import signal
import time

import keras
import tensorflow as tf

from deepfill import config
from deepfill.backend import use_tensorflow
from deepfill.data import Samples, open_pictures, training_dataset
from deepfill.errors import DeepFillError
from deepfill.files import local_path
from deepfill.stopping import Stopped, StopSignals, drop_output
from deepfill.training.reports import NoReports, Reports, earlier_warnings
from deepfill.training.resuming import replace_settings, require_resumable
from deepfill.training.schedule import learning, learning_rate, phase
from deepfill.training.state import State
from deepfill.training.step import Step, make_step
from deepfill.training.strategy import describe_devices, distribute, make_strategy
from deepfill.training.validation import Validation
from deepfill.training.watch import Watch
from deepfill.training.workers import Workers, agree, find_workers, losing_others
from deepfill.weights.checkpoints import Checkpoints

# If a moving average has moved less than this, relative to the norm of its weights, it completes pictures as before.
_HARDLY = 0.01


def train(settings: config.RunSettings, workdir: str | pathlib.Path) -> None:
    """Trains a model until `training.steps`, resuming from the workdir's newest undamaged checkpoint.

    The workdir receives `settings.yml` (the settings used; earlier ones as `settings-until-STEP.yml`), `model.yml` and
    checkpoints, the best of them by the validation figure in `best/`, TensorBoard events, `scalars.jsonl`, `train.log`
    and `pictures/`.

    Args:
        settings: the whole run.
        workdir: its folder, created if missing; workers on several machines share it.

    Raises:
        DeepFillError: impossible settings, no readable pictures, an unwritable workdir, damaged checkpoints, a full
            disk or memory, losses that are repeatedly not finite, or another worker that has ended. What was saved
            remains.
        Stopped: SIGTERM, SIGINT or SIGHUP asked to stop; the run has been saved.
        BrokenPipeError: nobody reads stdout or stderr any more; the run has been saved.
    """
    use_tensorflow()
    workdir = local_path(os.fspath(workdir))
    workers = find_workers()
    with StopSignals() as signals, losing_others(workers):
        with earlier_warnings() as earlier:
            run = _Run(settings, pathlib.Path(workdir), signals, workers)
        with run.reports:
            run.reports.take(earlier)
            try:
                run.report_end() if run.finished else run.go()
            except BrokenPipeError:  # such as tee, which a closed terminal ends
                drop_output()
                run.save()
                raise
            except tf.errors.ResourceExhaustedError as error:
                raise DeepFillError(
                    f"not enough memory for training.batch_size {settings.training.batch_size} at data.size "
                    f"{settings.data.size}; reduce either of them, or raise training.accumulation"
                ) from error


class _Run:
    def __init__(self, settings: config.RunSettings, workdir: pathlib.Path, signals: StopSignals, workers: Workers):
        self._settings, self._workdir, self._signals, self._workers = settings, workdir, signals, workers
        self._steps: dict[tuple[tuple[str, ...], bool], Step] = {}
        options = settings.training
        data = settings.data
        # Before any network is built, so that mistakes are reported at once.
        require_resumable(settings, workdir)
        self._samples = Samples(open_pictures(data), data, settings.masks, options.seed, settings.model.guided)
        self._strategy = make_strategy(options, workers)
        keras.utils.set_random_seed(options.seed)
        self._state = State(settings, self._strategy)
        self._checkpoints = self._state.checkpoints(workdir, options.keep, workers.chief)
        self._best = self._state.checkpoints(workdir / "best", keep=1, writing=False)
        self._restored = self._state.restore(self._checkpoints)
        if self._restored:
            self._state.keep_best(workdir / "best")
        self._initial = None if self._restored else self._state.start()
        self._first = int(self._state.step)
        self._saved = self._first if self._restored else None
        agree(self._strategy, workers, self._first)
        self.finished = self._first >= options.steps
        self._changes, self._validation = "", None
        self._watch: Watch | None = None
        self.reports: Reports | NoReports = NoReports()
        if workers.chief and not self.finished:
            self._validation = Validation(settings, self._samples)
        if workers.chief:
            self.reports = Reports(workdir, self._first, options.steps, options.batch_size)
        if workers.chief and not self.finished:  # and no other run uses the workdir, as the reports have made sure
            self._changes = replace_settings(workdir, settings, self._first)

    def report_end(self) -> None:
        self.reports.note(
            f"finished: {self._workdir} is at step {self._first}, and training.steps is "
            f"{self._settings.training.steps}; nothing was trained; a larger number resumes the run"
        )

    def save(self) -> None:
        if self._watch:
            self._save(self._watch)

    def go(self) -> None:
        options, state = self._settings.training, self._state
        weights = f" with the weights of {self._initial}" if self._initial else ""
        self.reports.note(
            f"resuming from {self._restored}" if self._restored else f"a new run in {self._workdir}{weights}"
        )
        if self._changes:
            self.reports.note(self._changes)
        validated = f", {self._validation.count} to validate on" if self._validation and self._validation.count else ""
        self.reports.note(f"{len(self._samples.source)} pictures to train on{validated}")
        self.reports.note(describe_devices(self._strategy, self._workers))
        if state.average:
            state.average.remember()
        batches = self._batches()
        watch = self._watch = Watch(self.reports, options.bad_steps)
        for number in range(self._first + 1, options.steps + 1):
            rate = learning_rate(options, number)
            state.set_learning_rate(rate)
            began = time.monotonic()
            batch = self._next(batches, watch)
            waited = time.monotonic() - began
            watch.add(number, self._step(number)(batch, tf.constant(float(self._signals.received is not None))), waited)
            state.step.assign(number)
            last = number == options.steps
            if last or number % options.log_every == 0:
                watch.settle()
                unreadable = len(self._samples.unreadable)
                self.reports.scalars(number, {"learning_rate": rate, "unreadable_pictures": unreadable})
            if last or number % self._settings.validation.every == 0:
                self._validate(number, watch)
            if last or number % options.checkpoint_every == 0:
                self._save(watch)
            if last or number % options.pictures_every == 0:
                self._show(number)
            if not last and (watch.stopping or (self._workers.alone and self._signals.received)):
                self._stop(watch)

    def _step(self, number: int) -> Step:
        """The function that takes a step; steps in which the same networks learn share one."""
        options, state = self._settings.training, self._state
        kind = (learning(options, state.system.learning, number), phase(options, number).frozen)
        if kind not in self._steps:
            self._steps[kind] = make_step(
                self._strategy,
                state.system,
                *state.optimizers,
                learning=kind[0],
                frozen=kind[1],
                clip_norm=options.clip_norm,
                accumulation=options.accumulation,
                loss_scale=state.loss_scale,
                average=state.average,
            )
        return self._steps[kind]

    def _batches(self) -> tf.distribute.DistributedIterator:
        size, workers = self._settings.training.batch_size, self._workers
        dataset = training_dataset(self._samples, size, self._first * size, workers.index, workers.count)
        return iter(distribute(self._strategy, dataset, size))

    def _next(self, batches: tf.distribute.DistributedIterator, watch: Watch) -> dict[str, tf.Tensor]:
        try:
            return next(batches)
        except tf.errors.OpError as error:
            if self._samples.fault is None:
                raise
            # Nothing is wrong with the weights.
            self._save(watch)
            raise self._samples.fault from error

    def _show(self, number: int) -> None:
        if self._validation:
            self.reports.pictures(number, self._validation.pictures(self._state.evaluated_generator))

    def _validate(self, number: int, watch: Watch) -> None:
        watch.settle()  # on all workers, or they would notice at different steps that one wants to stop
        if not (self._validation and self._validation.count):
            return
        try:
            figures = self._validation.figures(self._state.evaluated_generator)
        except DeepFillError:
            self._save(watch)  # nothing is wrong with the weights
            raise
        self.reports.figures(number, figures)
        self._warn_of_slow_average(number)
        if figures["validation/l1"] < self._state.best:
            self._state.best.assign(figures["validation/l1"])
            self._write(self._best)

    def _warn_of_slow_average(self, number: int) -> None:
        average = self._state.average
        if average and (moved := average.moved()) < _HARDLY:
            self.reports.note(
                f"validation at step {number}: the moving average that it uses has moved by only {moved:.2%} since "
                f"step {self._first} (training.average {self._settings.training.average}), so its figures are nearly "
                "those of that step"
            )

    def _save(self, watch: Watch) -> None:
        watch.settle()  # a step that failed may end the run instead
        step = int(self._state.step)
        # Saving removes a checkpoint of the same name first, which may be the only one.
        if self._workers.chief and step != self._saved:
            self._write(self._checkpoints)
            self._saved = step

    def _write(self, checkpoints: Checkpoints) -> None:
        self.reports.note(f"saved {checkpoints.save(int(self._state.step))}")

    def _stop(self, watch: Watch) -> None:
        received = self._signals.received or signal.SIGTERM  # another worker may have received it
        self._save(watch)
        raise Stopped(
            f"{received.name}: stopped after step {int(self._state.step)}; the same command resumes", received
        )

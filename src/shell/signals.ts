/** Who gets a signal: the commands and shells of a job, of a timeout, of the foreground. */
import type { Signal } from '../world/task.ts'
import type { Task } from '../world/tasks.ts'

export class SignalGroup {
  private readonly tasks = new Set<Task>()
  private readonly shells = new Set<(signal: Signal) => void>()
  private readonly parent: SignalGroup | undefined

  constructor(parent?: SignalGroup) {
    this.parent = parent
  }

  /** A command belongs to the group, and to those around it, until it is done. */
  addTask(task: Task): void {
    for (const other of this.tasks) if (other.done) this.tasks.delete(other)
    this.tasks.add(task)
    this.parent?.addTask(task)
  }

  /** A shell obeys signals until the answered function is called. */
  addShell(obey: (signal: Signal) => void): () => void {
    this.shells.add(obey)
    const leave = this.parent?.addShell(obey)
    return () => {
      this.shells.delete(obey)
      leave?.()
    }
  }

  signal(signal: Signal): void {
    for (const obey of [...this.shells]) obey(signal)
    for (const task of [...this.tasks]) if (!task.done) task.signal(signal)
  }
}

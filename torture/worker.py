"""A worker as the site's, that tells every half second that it lives, and takes at once what a dead one has left."""

import asyncio

import django

HEARTBEAT_S, DEAD_AFTER_S = 0.5, 2


async def main():
    from procrastinate.contrib.django import procrastinate_app

    app = procrastinate_app.current_app
    app = app.with_connector(app.connector.get_worker_connector())
    async with app.open_async(), asyncio.TaskGroup() as both:
        adopting = both.create_task(_adopt(app.job_manager))
        await app.run_worker_async(
            concurrency=2,
            fetch_job_polling_interval=0.2,
            update_heartbeat_interval=HEARTBEAT_S,
            stalled_worker_timeout=DEAD_AFTER_S,
            delete_jobs="successful",
        )
        adopting.cancel()


async def _adopt(manager):
    from vitrine.jobs import give_to_another

    while True:
        await give_to_another(manager, seconds_since_heartbeat=DEAD_AFTER_S)
        await asyncio.sleep(HEARTBEAT_S)


if __name__ == "__main__":
    django.setup()
    asyncio.run(main())

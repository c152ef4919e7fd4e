from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.models import forget_lost_addresses as forget


@app.periodic(cron="35 3 * * *")
@app.task(queueing_lock="forget_lost_addresses")
def forget_lost_addresses(timestamp):
    forget(at=timezone.now())

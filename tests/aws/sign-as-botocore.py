# Signs the question who somebody is as AWS's own library does: prints the URL. Arguments: date, region, cluster's name.
import sys
from datetime import datetime
from unittest.mock import patch

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

date, region, cluster = sys.argv[1:]
request = AWSRequest(
    method="GET",
    url=f"https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
    headers={"x-k8s-aws-id": cluster},
)
signer = SigV4QueryAuth(Credentials("test", "test"), "sts", region, expires=60)
with patch("botocore.auth.get_current_datetime", return_value=datetime.strptime(date, "%Y%m%dT%H%M%SZ")):
    signer.add_auth(request)
print(request.url)
